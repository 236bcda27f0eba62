// SPDX-License-Identifier: MIT
// The packed slot: every field keeps its own bits, whatever the others hold.
pragma solidity 0.8.37;

import {ChannelState, Status} from "../types/Channel.sol";
import {ChannelSlot, RefundNoncesExhausted} from "../types/ChannelSlot.sol";
import {vm} from "./Vm.sol";

contract ChannelSlotTest {
    function slotOf(uint256 bits, uint8 status) private pure returns (ChannelSlot) {
        return ChannelSlot.wrap((bits & (type(uint256).max >> 4)) | (uint256(status % 5) << 252));
    }

    function requireSame(ChannelState memory a, ChannelState memory b) private pure {
        require(keccak256(abi.encode(a)) == keccak256(abi.encode(b)), "another field changed");
    }

    function testFuzz_changing_a_field_changes_no_other(uint256 bits, uint8 status, uint96 amount, uint40 time)
        external
        pure
    {
        ChannelSlot slot = slotOf(bits, status);
        ChannelState memory expected = slot.unpack();

        expected.deposit = amount;
        slot = slot.withDeposit(amount);
        requireSame(slot.unpack(), expected);

        expected.settled = ~amount;
        slot = slot.withSettled(~amount);
        requireSame(slot.unpack(), expected);

        expected.exitAt = time;
        expected.status = Status.Exiting;
        slot = slot.withExit(time);
        requireSame(slot.unpack(), expected);

        expected.status = Status(status % 5);
        slot = slot.withStatus(Status(status % 5));
        requireSame(slot.unpack(), expected);
    }

    function testFuzz_more_settled_adds_to_what_was_settled_and_to_nothing_else(
        uint256 bits,
        uint8 status,
        uint96 amount
    ) external pure {
        ChannelSlot slot = slotOf(bits, status);
        ChannelState memory expected = slot.unpack();
        // At most what the field has room for: the deposit, to which callers keep, is no more.
        amount = uint96(amount % (uint256(type(uint96).max) - expected.settled + 1));
        expected.settled += amount;
        requireSame(slot.withMoreSettled(amount).unpack(), expected);
    }

    function testFuzz_refunds_count_up_to_the_end_of_their_field(uint256 bits, uint8 status) external pure {
        ChannelSlot slot = slotOf(bits, status);
        vm.assume(slot.refundNonce() < 2 ** 20 - 1);
        ChannelState memory expected = slot.unpack();
        expected.refundNonce += 1;
        requireSame(slot.withNextRefund().unpack(), expected);
    }

    function exhaust() external pure returns (ChannelSlot) {
        return ChannelSlot.wrap(uint256(2 ** 20 - 1) << 232).withNextRefund();
    }

    function test_the_last_refund_nonce_cannot_overflow_into_the_status() external {
        vm.expectRevert(RefundNoncesExhausted.selector);
        this.exhaust();
    }

    function testFuzz_the_status_alone_says_what_a_channel_can_do_whatever_the_other_bits_are(uint256 bits)
        external
        pure
    {
        uint256[3] memory others = [bits, 0, type(uint256).max];
        for (uint256 i = 0; i < others.length; i++) {
            for (uint8 status = 0; status <= uint8(Status.Closed); status++) {
                ChannelSlot slot = slotOf(others[i], status);
                require(slot.status() == Status(status) && slot.isIn(Status(status)), "status");
                require(slot.isLive() == (status >= 1 && status <= 3), "isLive");
                require(slot.acceptsDeposits() == (status <= 2), "acceptsDeposits");
                require(slot.isTrading() == (status == 1 || status == 2), "isTrading");
            }
        }
    }
}
