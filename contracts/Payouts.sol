// SPDX-License-Identifier: MIT
// Money on its way out: pushed when the recipient can take it, held for the recipient when not, one call at a time.
pragma solidity 0.8.37;

import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Assets} from "./libraries/Assets.sol";

/// @title Payouts that nobody's inability to receive can stop
abstract contract Payouts is IStateChannels {
    mapping(address token => mapping(address owner => uint256)) private _held;
    /// @dev 1 while a call is under way. A whole word, because a packed flag costs a read on every write.
    uint256 private transient _entered;

    /// @dev On every function that changes state: tokens and recipients run code of their own in between.
    modifier nonReentrant() {
        if (_entered != 0) revert Reentrancy();
        _entered = 1;
        _;
        _entered = 0;
    }

    /// @dev The same for a function that answers from assembly, where a modifier's end is never reached: it calls
    /// `_endCall` before it answers.
    modifier nonReentrantUntilEndCall() {
        if (_entered != 0) revert Reentrancy();
        _entered = 1;
        _;
    }

    function _endCall() internal {
        _entered = 0;
    }

    /// @inheritdoc IStateChannels
    function withdraw(address token, address owner) external nonReentrant {
        uint256 amount = _held[token][owner];
        if (amount == 0) revert NothingToWithdraw();
        _held[token][owner] = 0;
        emit Withdrawn(token, owner, amount);
        if (!Assets.tryPushWithAllGas(token, owner, amount)) revert UndeliverablePayout(token, owner);
    }

    /// @inheritdoc IStateChannels
    function pendingWithdrawal(address token, address owner) external view returns (uint256) {
        return _held[token][owner];
    }

    /// @dev Sends `amount` to `to`, or holds it for `to` if that fails. Never reverts because of token or recipient.
    function _payOut(address token, address to, uint256 amount) internal {
        if (amount == 0 || Assets.tryPush(token, to, amount)) return;
        _held[token][to] += amount;
        emit PayoutHeld(token, to, amount);
    }
}
