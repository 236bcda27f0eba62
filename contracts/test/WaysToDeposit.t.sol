// SPDX-License-Identifier: MIT
// What all ways to deposit have in common, alone and in a multicall: what they open, and what they refuse.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, Status} from "../types/Channel.sol";
import {Permit2Test} from "./permit2/Permit2Test.sol";
import {vm} from "./Vm.sol";

contract WaysToDepositTest is Permit2Test {
    enum Way {
        Approval,
        Permit,
        Authorization,
        Permit2
    }

    uint256 private constant WAYS = 4;
    bytes32 private constant SALT = keccak256("deposit");

    /// @dev The call by which the payer, or who relays for it, deposits dollars: approved or signed as it should be.
    /// @param id The channel's, which signatures name.
    function callBy(Way way, Channel memory channel, bytes32 id, uint256 amount) private returns (bytes memory) {
        if (way == Way.Approval) {
            vm.prank(payer);
            dollar.approve(address(channels), amount);
            return abi.encodeCall(channels.deposit, (channel, amount));
        }
        if (way == Way.Permit) {
            bytes memory permit = signBytes(PAYER_KEY, permitDigest(payer, address(channels), amount, NEVER));
            return abi.encodeCall(channels.depositWithPermit, (channel, amount, NEVER, permit));
        }
        if (way == Way.Authorization) {
            bytes memory authorization = signBytes(PAYER_KEY, authorizationDigest(dollar, payer, amount, id, SALT));
            return abi.encodeCall(channels.depositWithAuthorization, (channel, amount, 0, NEVER, SALT, authorization));
        }
        uint256 nonce = uint256(id);
        bytes memory signature =
            signBytes(PAYER_KEY, permit2Digest(address(dollar), amount, address(channels), nonce, NEVER, id));
        return abi.encodeCall(channels.depositWithPermit2, (channel, amount, nonce, NEVER, signature));
    }

    function send(bytes memory data, bool inMulticall) private returns (bool succeeded, bytes memory answer) {
        if (inMulticall) {
            bytes[] memory calls = new bytes[](1);
            calls[0] = data;
            data = abi.encodeCall(channels.multicall, (calls));
        }
        vm.prank(payer);
        return address(channels).call(data);
    }

    function test_each_way_opens_alone_and_in_a_multicall() external {
        for (uint256 w = 0; w < WAYS; w++) {
            for (uint256 i = 0; i < 2; i++) {
                Channel memory channel = newChannel();
                bytes memory data = callBy(Way(w), channel, idOf(abi.encode(channel)), 10);
                (bool opened,) = send(data, i == 1);
                require(opened, "refused");
                assertEq(stateOf(channel).deposit, 10, "deposit");
            }
        }
    }

    /// @dev Signatures are good for the very words that are sent: nothing but the range of a type is in the way.
    function testFuzz_no_channel_opens_with_dirty_high_bits_in_a_field(uint256 dirt, bool inMulticall) external {
        uint8[7] memory widths = [160, 160, 160, 160, 160, 32, 32];
        for (uint256 field = 0; field < widths.length; field++) {
            uint256 bits = above(widths[field], dirt);
            for (uint256 w = 0; w < WAYS; w++) {
                Channel memory channel = newChannel();
                bytes memory words = abi.encode(channel);
                flip(words, 32 * field, bits);
                bytes32 id = idOf(words);
                (, bytes memory read) = address(channels).staticcall(bytes.concat(channels.channelId.selector, words));
                require(abi.decode(read, (bytes32)) == id, "the id is that of other words");
                bytes memory data = callBy(Way(w), channel, id, 10);
                flip(data, 4 + 32 * field, bits);
                (bool opened, bytes memory reason) = send(data, inMulticall);
                require(!opened && reason.length == 0, "not for the range of the field");
                require(channels.channelState(id).status == Status.None, "opened");
                assertStatus(channel, Status.None);
            }
        }
        assertEq(dollar.balanceOf(payer), 1000, "payer's dollars");
        assertEq(dollar.balanceOf(address(channels)), 0, "contract");
    }

    function test_no_way_takes_more_than_96_bits_at_once_or_in_sum() external {
        uint256[4] memory amounts = [type(uint96).max, uint256(2 ** 96), 2 ** 128, type(uint256).max];
        for (uint256 i = 0; i < 2 * amounts.length; i++) {
            uint256 amount = amounts[i / 2];
            uint256 before = i % 2 == 0 ? 0 : 5;
            if (amount == type(uint96).max && before == 0) continue;
            // A sum that does not even fit 256 bits is refused by Solidity's own check.
            bytes memory expected = amount > type(uint256).max - before
                ? abi.encodeWithSignature("Panic(uint256)", 0x11)
                : abi.encodeWithSelector(IStateChannels.AmountTooLarge.selector, amount + before);
            for (uint256 w = 0; w < WAYS; w++) {
                Channel memory channel = newChannel();
                if (before != 0) fund(channel, before);
                (bool taken, bytes memory reason) =
                    send(callBy(Way(w), channel, channels.channelId(channel), amount), w % 2 == 0);
                require(!taken, "taken");
                require(keccak256(reason) == keccak256(expected), "not for the amount");
                assertEq(stateOf(channel).deposit, before, "deposit");
            }
        }
    }

    function test_native_currency_too_is_taken_up_to_96_bits() external {
        Channel memory channel = newChannel();
        channel.token = address(0);
        uint256[3] memory amounts = [uint256(2 ** 96), 2 ** 128, type(uint256).max];
        for (uint256 i = 0; i < amounts.length; i++) {
            vm.deal(address(this), amounts[i]);
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.AmountTooLarge.selector, amounts[i]));
            channels.deposit{value: amounts[i]}(channel, amounts[i]);
        }
        vm.deal(address(this), type(uint96).max);
        channels.deposit{value: type(uint96).max}(channel, type(uint96).max);
        assertEq(stateOf(channel).deposit, type(uint96).max, "deposit");
    }
}
