// SPDX-License-Identifier: MIT
// The escrow behind x402 state channels: the contract that is deployed, put together from its rules.
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Claims} from "./Claims.sol";
import {Deposits} from "./Deposits.sol";
import {Disputes} from "./Disputes.sol";
import {Endings} from "./Endings.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Assets} from "./libraries/Assets.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title The escrow behind x402 state channels
/// @notice Implements IStateChannels, where the rules and the life of a channel are told.
contract StateChannels is Deposits, Claims, Endings, Disputes, IERC5267 {
    /// @inheritdoc IStateChannels
    /// @dev Not payable: no two calls can count the same native currency. Not guarded itself: each call is, and a
    /// recipient that calls back in meets the guard of whichever function it goes for.
    function multicall(bytes[] calldata calls) external returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool succeeded, bytes memory answer) = address(this).delegatecall(calls[i]);
            if (!succeeded) Assets.bubble(answer);
            results[i] = answer;
        }
    }

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory)
    {
        // 0x0f: name, version, chainId and verifyingContract are used; there is no salt and no extension.
        return (
            hex"0f", TypedData.NAME, TypedData.VERSION, block.chainid, address(this), bytes32(0), new uint256[](0)
        );
    }
}
