// SPDX-License-Identifier: MIT
// Moving money in and out: ERC-20 tokens of every habit, and the native currency (token zero).
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC3009} from "../interfaces/IERC3009.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";
import {Signatures} from "./Signatures.sol";

/// @title Moving assets
library Assets {
    /// @dev The address that stands for the native currency.
    address internal constant NATIVE = address(0);

    /// @dev Uniswap's Permit2, which stands at this address on every chain (CREATE2). Where it does not, calls revert.
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    /// @dev What a push may burn of the caller's gas. Far above what wallets and tokens need; too little for a hostile
    /// recipient to starve the other party's share of a payout. A token that answers at great length costs the caller
    /// the copy of its answer besides, in calls about its own channels only.
    uint256 private constant NATIVE_PUSH_GAS = 100_000;
    uint256 private constant TOKEN_PUSH_GAS = 1_000_000;

    /// @notice Exactly `expected` had to arrive. Tokens that take a fee on transfer are refused by this.
    /// @param expected What the deposit says, in atomic units.
    /// @param balanceBefore What the contract held of the token before.
    /// @param balanceAfter What it holds now.
    error InexactTransfer(uint256 expected, uint256 balanceBefore, uint256 balanceAfter);

    /// @notice A payout failed that had less gas than it may use: the call needs more.
    error InsufficientGas();

    /// @notice Takes `amount` of an ERC-20 token from `from`, who has approved this contract.
    /// @dev What the token returns is not asked (some return nothing): the balance tells. A revert is passed on.
    function pull(address token, address from, uint256 amount) internal {
        uint256 balanceBefore = balance(token);
        (bool moved, bytes memory answer) =
            token.call(abi.encodeCall(IERC20.transferFrom, (from, address(this), amount)));
        if (!moved) bubble(answer);
        requireArrival(token, balanceBefore, amount);
    }

    /// @notice Takes `amount` from `from` by an EIP-3009 authorization made out to this contract.
    /// @param validAfter Unix seconds, as `validBefore`: the authorization is good between the two.
    /// @param nonce The EIP-3009 nonce: names the channel.
    /// @dev ECDSA signatures go to the standard's `(v, r, s)` function, longer or shorter ones of contract accounts to
    /// the `bytes` overload that tokens with ERC-1271 support have.
    function pullAuthorized(
        address token,
        address from,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) internal {
        uint256 balanceBefore = balance(token);
        bool ecdsa = signature.length == 65 || (signature.length == 64 && from.code.length == 0);
        if (ecdsa) {
            (, uint8 v, bytes32 r, bytes32 s) = Signatures.split(signature);
            IERC3009(token)
                .receiveWithAuthorization(from, address(this), amount, validAfter, validBefore, nonce, v, r, s);
        } else {
            IERC3009(token)
                .receiveWithAuthorization(from, address(this), amount, validAfter, validBefore, nonce, signature);
        }
        requireArrival(token, balanceBefore, amount);
    }

    /// @notice Takes `amount` from `from`, who has approved Permit2, on a signature of `from` that covers `witness`.
    /// @param deadline Unix seconds.
    /// @param witness The EIP-712 struct hash that names the channel.
    /// @param witnessType The part of Permit2's type string that describes it.
    function pullByPermit2(
        address token,
        address from,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes32 witness,
        string memory witnessType,
        bytes calldata signature
    ) internal {
        uint256 balanceBefore = balance(token);
        PERMIT2.permitWitnessTransferFrom(
            IPermit2.PermitTransferFrom(IPermit2.TokenPermissions(token, amount), nonce, deadline),
            IPermit2.SignatureTransferDetails(address(this), amount),
            from,
            witness,
            witnessType,
            signature
        );
        requireArrival(token, balanceBefore, amount);
    }

    /// @notice Hands the token an EIP-2612 permit of `owner` for this contract, and asks nothing about the outcome.
    /// @dev A permit may have been used before by anyone who saw it, and some tokens answer a permit that they do not
    /// know as if they did. What counts is whether `pull` then finds the allowance of the same account.
    function tryPermit(address token, address owner, uint256 amount, uint256 deadline, bytes calldata signature)
        internal
    {
        (, uint8 v, bytes32 r, bytes32 s) = Signatures.split(signature);
        try IERC20Permit(token).permit(owner, address(this), amount, deadline, v, r, s) {} catch {}
    }

    /// @notice Sends `amount` to `to` and says whether that succeeded. Token and recipient cannot make it revert; a caller
    /// that brings too little gas makes it revert with InsufficientGas, and can never make a good push fail.
    function tryPush(address token, address to, uint256 amount) internal returns (bool) {
        return send(token, to, amount, token == NATIVE ? NATIVE_PUSH_GAS : TOKEN_PUSH_GAS);
    }

    /// @notice The same with all the gas that the caller brought, for a push that shares its transaction with nobody's
    /// money: a recipient whose code needs more than the others may burn can then be paid, too.
    function tryPushWithAllGas(address token, address to, uint256 amount) internal returns (bool) {
        return send(token, to, amount, gasleft());
    }

    /// @dev A call gets 63/64 of what is there, where that is less than its limit (EIP-150). If less than 1/63 of the limit
    /// is left after a failure, the push may have had less than the limit, and its failure says nothing.
    function send(address token, address to, uint256 amount, uint256 gasLimit) private returns (bool) {
        if (token == NATIVE) {
            (bool sent,) = to.call{value: amount, gas: gasLimit}("");
            if (sent) return true;
        } else {
            (bool done, bytes memory answer) = token.call{gas: gasLimit}(abi.encodeCall(IERC20.transfer, (to, amount)));
            // Tokens that answer nothing signal failure by reverting; the others must answer exactly `true`.
            if (done && (answer.length == 0 || (answer.length >= 32 && uint256(bytes32(answer)) == 1))) return true;
        }
        if (gasleft() < gasLimit / 63) revert InsufficientGas();
        return false;
    }

    /// @dev What this contract holds of a token, in atomic units.
    function balance(address token) private view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    /// @dev Reverts with InexactTransfer unless exactly `amount` has come in since.
    function requireArrival(address token, uint256 balanceBefore, uint256 amount) private view {
        uint256 balanceAfter = balance(token);
        if (balanceAfter != balanceBefore + amount) revert InexactTransfer(amount, balanceBefore, balanceAfter);
    }

    /// @notice Reverts with what a failed call answered.
    function bubble(bytes memory answer) internal pure {
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
