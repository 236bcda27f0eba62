// SPDX-License-Identifier: MIT
// How a close by the payee ends when nobody proves it wrong, and that it locks nobody in.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, Ending, Receipt, RowOutcome, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {BlocklistToken} from "./HostileTokens.sol";
import {vm} from "./Vm.sol";

contract ClosesTest is ChannelTest {
    /// @dev 100 ever authorised: 20 given back, 80 owed, 30 of them acknowledged.
    State private _state = State({nonce: 9, owed: 80, earned: 30, credited: 20});

    // ── Finalizing ─────────────────────────────────────────────────────────────────────────────────────────────────

    function test_an_unchallenged_close_pays_both_whoever_finalizes() external {
        Channel memory channel = openChannel(100);
        claimUpTo(channel, 20);
        startClose(channel, _state, 70);
        vm.warp(block.timestamp + 1 days);
        expectClosed(channel, Ending.Finalized, 70, 30);
        vm.prank(address(0xCAFE));
        channels.finalizeClose(channel);
        assertEq(dollar.balanceOf(PAYEE), 70, "payee");
        assertEq(dollar.balanceOf(payer), 30, "payer");
        assertEq(pendingCloseOf(channel).amount, 0, "pending close");
    }

    function test_more_than_the_deposit_is_never_paid() external {
        Channel memory channel = openChannel(60);
        startClose(channel, _state, 70);
        vm.warp(block.timestamp + 1 days);
        channels.finalizeClose(channel);
        assertEq(dollar.balanceOf(PAYEE), 60, "payee");
        assertEq(dollar.balanceOf(payer), 0, "payer");
    }

    function test_a_later_acknowledgement_can_be_claimed_while_closing_also_beyond_the_close() external {
        Channel memory channel = openChannel(100);
        startClose(channel, _state, 50);
        assertEq(claimUpTo(channel, 40), 40, "claimed");
        assertEq(claimUpTo(channel, 75), 35, "claimed");
        vm.warp(block.timestamp + 1 days);
        expectClosed(channel, Ending.Finalized, 75, 25);
        channels.finalizeClose(channel);
        assertEq(dollar.balanceOf(PAYEE), 75, "payee");
        assertEq(dollar.balanceOf(payer), 25, "payer");
    }

    function testFuzz_every_close_gives_out_what_came_in(uint96 amount, State memory state, uint96 asked, uint96 claimed)
        external
    {
        vm.assume(amount > 0);
        state.earned = uint96(state.earned % (uint256(state.owed) + 1));
        Channel memory channel = openChannel(amount);
        claimUpTo(channel, claimed);
        uint256 taken = dollar.balanceOf(PAYEE);
        uint256 least = state.earned > taken ? state.earned : taken;
        vm.assume(least <= state.owed);
        asked = uint96(least + asked % (uint256(state.owed) - least + 1));
        startClose(channel, state, asked);
        if (asked > least) {
            vm.warp(block.timestamp + 1 days);
            channels.finalizeClose(channel);
        }
        uint256 paid = asked < amount ? asked : amount;
        assertEq(dollar.balanceOf(PAYEE), paid, "payee");
        assertEq(dollar.balanceOf(payer), amount - paid, "payer");
        assertEq(dollar.balanceOf(address(channels)), 0, "contract");
    }

    function test_a_payee_that_cannot_receive_does_not_lock_the_payer() external {
        BlocklistToken token = new BlocklistToken();
        Channel memory channel = newChannel();
        channel.token = address(token);
        token.mint(address(this), 100);
        token.approve(address(channels), 100);
        channels.deposit(channel, 100);
        token.setBlocked(PAYEE, true);
        startClose(channel, _state, 70);
        vm.warp(block.timestamp + 1 days);
        channels.finalizeClose(channel);
        assertEq(token.balanceOf(payer), 30, "payer");
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 70, "held");
    }

    // ── Nobody is locked in ────────────────────────────────────────────────────────────────────────────────────────

    function test_from_the_day_of_the_exit_on_the_payee_cannot_start_a_close() external {
        Channel memory channel = openChannel(100);
        vm.prank(payer);
        channels.requestExit(channel);
        uint256 exitAt = stateOf(channel).exitAt;
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        vm.warp(exitAt);
        uint96[2] memory amounts = [uint96(30), 70];
        for (uint256 i = 0; i < amounts.length; i++) {
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.ExitDue.selector, exitAt));
            vm.prank(PAYEE);
            channels.startClose(channel, _state, amounts[i], signature);
        }
        channels.exit(channel);
        assertEq(dollar.balanceOf(payer), 100, "payer");
    }

    function test_a_close_in_the_last_second_puts_the_exit_off_by_one_challenge_period_and_no_more() external {
        Channel memory channel = openChannel(100);
        vm.prank(payer);
        channels.requestExit(channel);
        uint256 exitAt = stateOf(channel).exitAt;
        vm.warp(exitAt - 1);
        startClose(channel, _state, 70);
        assertEq(pendingCloseOf(channel).deadline, exitAt - 1 + 1 days, "deadline");
        vm.warp(exitAt + 1 days - 1);
        vm.expectRevert(wrongStatus(channel, Status.Closing));
        channels.exit(channel);
        channels.finalizeClose(channel);
        assertEq(dollar.balanceOf(payer), 30, "payer");
    }

    function test_a_closing_channel_takes_no_second_close_no_refund_no_deposit_and_no_exit() external {
        Channel memory channel = openChannel(100);
        startClose(channel, _state, 70);
        uint256 deadline = pendingCloseOf(channel).deadline;
        vm.warp(block.timestamp + 1 hours);
        bytes memory wrong = wrongStatus(channel, Status.Closing);
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        vm.expectRevert(wrong);
        vm.prank(PAYEE);
        channels.startClose(channel, _state, 60, signature);
        bytes memory refundSignature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 10, NEVER);
        vm.expectRevert(wrong);
        channels.refund(channel, 0, 10, NEVER, refundSignature);
        dollar.mint(address(this), 10);
        dollar.approve(address(channels), 10);
        vm.expectRevert(wrong);
        channels.deposit(channel, 10);
        vm.expectRevert(wrong);
        vm.prank(payer);
        channels.requestExit(channel);
        vm.expectRevert(wrong);
        channels.exit(channel);
        assertEq(pendingCloseOf(channel).deadline, deadline, "deadline");
    }

    function test_both_signers_may_still_agree_while_closing() external {
        Channel memory channel = openChannel(100);
        startClose(channel, _state, 70);
        closeAt(channel, 35);
        assertEq(dollar.balanceOf(PAYEE), 35, "payee");
        assertEq(dollar.balanceOf(payer), 65, "payer");
        assertEq(pendingCloseOf(channel).deadline, 0, "pending close");
        (, RowOutcome outcome) = claimRow(channel, rowOf(channel, 50));
        assertOutcome(outcome, RowOutcome.NotLive);
    }

    function test_an_open_or_exiting_channel_has_no_close_to_challenge_or_finalize() external {
        Channel memory channel = openChannel(100);
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: 50, ref: bytes32(0)});
        bytes memory signature = receiptBy(PAYEE_SIGNER_KEY, channel, receipt);
        for (uint256 i = 0; i < 2; i++) {
            bytes memory wrong = wrongStatus(channel, i == 0 ? Status.Open : Status.Exiting);
            vm.expectRevert(wrong);
            channels.challenge(channel, receipt, signature);
            vm.expectRevert(wrong);
            channels.finalizeClose(channel);
            if (i == 0) {
                vm.prank(payer);
                channels.requestExit(channel);
            }
        }
    }
}
