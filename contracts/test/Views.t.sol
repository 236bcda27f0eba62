// SPDX-License-Identifier: MIT
// What anyone can read: ids, the states of many channels at once, closes under way, and the signing domain.
pragma solidity 0.8.37;

import {Channel, ChannelState, PendingClose, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";

contract ViewsTest is ChannelTest {
    function testFuzz_a_channels_id_is_the_typed_data_hash_of_its_terms(Channel memory channel) external view {
        require(channels.channelId(channel) == idOf(abi.encode(channel)), "id");
    }

    function test_many_channels_are_read_at_once_and_in_order() external {
        bytes32[] memory ids = new bytes32[](4);
        for (uint256 i = 0; i < 3; i++) {
            Channel memory channel = openChannel(100 + i);
            ids[i] = channels.channelId(channel);
            if (i == 1) startClose(channel, State({nonce: 1, owed: 60, earned: 20, credited: 7}), 50);
        }
        ids[3] = keccak256("never opened");
        ChannelState[] memory states = channels.channelStates(ids);
        PendingClose[] memory closes = channels.pendingCloses(ids);
        assertEq(states.length + closes.length, 8, "length");
        for (uint256 i = 0; i < 3; i++) {
            assertEq(states[i].deposit, 100 + i, "deposit");
            assertEq(uint256(states[i].status), uint256(i == 1 ? Status.Closing : Status.Open), "status");
            assertEq(closes[i].amount, i == 1 ? 50 : 0, "amount");
            assertEq(closes[i].headroom, i == 1 ? 17 : 0, "headroom");
            assertEq(closes[i].deadline, i == 1 ? block.timestamp + 1 days : 0, "deadline");
        }
        assertEq(uint256(states[3].status), uint256(Status.None), "never opened");
    }

    function test_the_domain_is_told_by_erc5267() external view {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifier,
            bytes32 salt,
            uint256[] memory extensions
        ) = channels.eip712Domain();
        require(fields == 0x0f, "fields");
        require(keccak256(bytes(name)) == keccak256("x402 State Channels"), "name");
        require(keccak256(bytes(version)) == keccak256("1"), "version");
        assertEq(chainId, block.chainid, "chain");
        require(verifier == address(channels), "contract");
        require(salt == 0, "salt");
        assertEq(extensions.length, 0, "extensions");
    }
}
