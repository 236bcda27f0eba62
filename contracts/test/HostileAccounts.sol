// SPDX-License-Identifier: MIT
// Accounts with code: one that refuses native currency, one that calls back when paid, one that burns all gas, one that
// needs much of it, and a wallet that signs by ERC-1271.
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ITokenHooks} from "./HostileTokens.sol";

/// @notice Cannot be paid in native currency until it says so.
contract NativeRefuser {
    bool public accepts;

    error NotToday();

    function setAccepts(bool nowAccepts) external {
        accepts = nowAccepts;
    }

    receive() external payable {
        if (!accepts) revert NotToday();
    }
}

/// @notice Uses up whatever gas it is given.
contract GasBurner {
    receive() external payable {
        while (true) {}
    }
}

/// @notice Takes more gas to be paid than a payout may use that others wait for.
contract Glutton {
    mapping(uint256 entry => uint256) public ledger;
    uint256 public entries;

    receive() external payable {
        for (uint256 i = 0; i < 10; i++) ledger[entries++] = msg.value;
    }
}

/// @notice On paying or being paid, calls a target with prepared data and remembers how that went.
contract Reentrant is ITokenHooks {
    address private _target;
    bytes private _data;
    bool public tried;
    bool public succeeded;
    bytes4 public reason;

    function prepare(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    receive() external payable {
        strike();
    }

    function tokensToSend(address, uint256) external {
        strike();
    }

    function tokensReceived(address, uint256) external {
        strike();
    }

    function strike() private {
        tried = true;
        bytes memory answer;
        (succeeded, answer) = _target.call(_data);
        if (!succeeded) reason = bytes4(answer);
    }
}

/// @notice A wallet contract of two owners: its signature is one of each, 65 bytes and 65 bytes.
contract ContractWallet is IERC1271 {
    address private immutable _first;
    address private immutable _second;

    constructor(address first, address second) {
        (_first, _second) = (first, second);
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 130) return 0xffffffff;
        bool signed = ECDSA.recover(hash, signature[:65]) == _first && ECDSA.recover(hash, signature[65:]) == _second;
        return signed ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    receive() external payable {}
}
