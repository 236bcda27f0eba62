// SPDX-License-Identifier: MIT
// Closes by the payee alone: what is paid at once, what has to wait, and what a receipt proves.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, Ending, PendingClose, Receipt, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {vm} from "./Vm.sol";

contract DisputesTest is ChannelTest {
    /// @dev 100 ever authorised: 20 given back, 80 owed, 30 of them acknowledged.
    State private _state = State({nonce: 9, owed: 80, earned: 30, credited: 20});

    // ── Starting ───────────────────────────────────────────────────────────────────────────────────────────────────

    function test_a_close_at_what_was_acknowledged_pays_both_at_once() external {
        Channel memory channel = openChannel(100);
        expectClosed(channel, Ending.Acknowledged, 30, 70);
        startClose(channel, _state, 30);
        assertEq(dollar.balanceOf(PAYEE), 30, "payee");
        assertEq(dollar.balanceOf(payer), 70, "payer");
        assertStatus(channel, Status.Closed);
    }

    function test_a_close_at_what_was_taken_already_ends_the_channel_at_once() external {
        Channel memory channel = openChannel(100);
        claimUpTo(channel, 50);
        startClose(channel, _state, 50);
        assertEq(dollar.balanceOf(PAYEE), 50, "payee");
        assertEq(dollar.balanceOf(payer), 50, "payer");
    }

    function test_an_acknowledgement_beyond_the_deposit_closes_at_the_deposit() external {
        Channel memory channel = openChannel(20);
        startClose(channel, _state, 30);
        assertEq(dollar.balanceOf(PAYEE), 20, "payee");
        assertStatus(channel, Status.Closed);
    }

    function test_above_the_acknowledgement_the_challenge_period_begins_and_nothing_moves() external {
        Channel memory channel = openChannel(100);
        uint256 deadline = block.timestamp + 1 days;
        vm.expectEmit();
        emit IStateChannels.CloseStarted(channels.channelId(channel), 70, 80 - 70 + 20, deadline);
        startClose(channel, _state, 70);
        assertStatus(channel, Status.Closing);
        assertEq(dollar.balanceOf(address(channels)), 100, "held");
        PendingClose memory pending = pendingCloseOf(channel);
        assertEq(pending.amount, 70, "amount");
        assertEq(pending.headroom, 30, "headroom");
        assertEq(pending.deadline, deadline, "deadline");
    }

    function test_the_receipt_key_may_close_too_nobody_else() external {
        Channel memory channel = openChannel(100);
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        address[3] memory others = [payer, channel.payerSigner, address(this)];
        for (uint256 i = 0; i < others.length; i++) {
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.NotPayee.selector, others[i]));
            vm.prank(others[i]);
            channels.startClose(channel, _state, 70, signature);
        }
        vm.prank(channel.payeeSigner);
        channels.startClose(channel, _state, 70, signature);
        assertStatus(channel, Status.Closing);
    }

    function test_a_close_needs_a_state_that_the_payer_signer_signed() external {
        Channel memory channel = openChannel(100);
        uint256[3] memory others = [PAYER_KEY, PAYEE_SIGNER_KEY, THIEF_KEY];
        bytes memory refusal = abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payerSigner);
        for (uint256 i = 0; i < others.length; i++) {
            bytes memory forged = signBytes(others[i], stateDigest(channel, _state));
            vm.expectRevert(refusal);
            vm.prank(PAYEE);
            channels.startClose(channel, _state, 70, forged);
        }
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        State memory more = State({nonce: 9, owed: 81, earned: 30, credited: 20});
        vm.expectRevert(refusal);
        vm.prank(PAYEE);
        channels.startClose(channel, more, 81, signature);
    }

    function test_a_close_asks_for_at_least_the_acknowledged_and_at_most_the_owed() external {
        Channel memory channel = openChannel(100);
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        uint96[2] memory amounts = [uint96(29), 81];
        for (uint256 i = 0; i < amounts.length; i++) {
            vm.expectRevert(
                abi.encodeWithSelector(IStateChannels.CloseAmountOutOfRange.selector, 30, 80, amounts[i])
            );
            vm.prank(PAYEE);
            channels.startClose(channel, _state, amounts[i], signature);
        }
        claimUpTo(channel, 40);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.CloseAmountOutOfRange.selector, 40, 80, 39));
        vm.prank(PAYEE);
        channels.startClose(channel, _state, 39, signature);
        startClose(channel, _state, 80);
        assertEq(pendingCloseOf(channel).headroom, 20, "headroom");
    }

    function test_a_state_that_acknowledges_more_than_it_owes_closes_nothing() external {
        Channel memory channel = openChannel(100);
        State memory wrong = State({nonce: 1, owed: 39, earned: 40, credited: 0});
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, wrong));
        for (uint96 amount = 38; amount <= 41; amount++) {
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.CloseAmountOutOfRange.selector, 40, 39, amount));
            vm.prank(PAYEE);
            channels.startClose(channel, wrong, amount, signature);
        }
    }

    // ── Challenging ────────────────────────────────────────────────────────────────────────────────────────────────

    function test_a_payee_that_takes_what_it_credited_loses_all_that_is_left() external {
        Channel memory channel = openChannel(100);
        claimUpTo(channel, 10);
        startClose(channel, _state, 80); // leaves room for the 20 that the state knows of
        expectClosed(channel, Ending.Challenged, 10, 90);
        vm.prank(address(0xCAFE));
        challengeWith(channel, 21);
        assertEq(dollar.balanceOf(PAYEE), 10, "payee");
        assertEq(dollar.balanceOf(payer), 90, "payer");
        assertEq(pendingCloseOf(channel).deadline, 0, "pending close");
    }

    function testFuzz_exactly_the_receipts_above_the_headroom_are_proofs(State memory state, uint96 amount, uint96 credited)
        external
    {
        state.owed = uint96(1 + state.owed % type(uint96).max);
        state.earned = state.earned % state.owed;
        amount = uint96(state.earned + 1 + amount % (state.owed - state.earned));
        Channel memory channel = openChannel(100);
        startClose(channel, state, amount);
        // All authorised, less all given back, is the most that an honest payee can take.
        bool fraud = uint256(amount) + credited > uint256(state.owed) + state.credited;
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: credited, ref: bytes32(0)});
        bytes memory signature = receiptBy(PAYEE_SIGNER_KEY, channel, receipt);
        if (!fraud) {
            uint256 headroom = pendingCloseOf(channel).headroom;
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.NoFraud.selector, headroom, credited));
        }
        channels.challenge(channel, receipt, signature);
        assertStatus(channel, fraud ? Status.Closed : Status.Closing);
        assertEq(dollar.balanceOf(payer), fraud ? 100 : 0, "payer");
    }

    function test_an_older_receipt_proves_nothing() external {
        Channel memory channel = openChannel(100);
        startClose(channel, _state, 70);
        bytes memory refusal = abi.encodeWithSelector(IStateChannels.NoFraud.selector, 30, 30);
        Receipt memory receipt = Receipt({nonce: 99, charged: 0, credited: 30, ref: bytes32(0)});
        bytes memory signature = receiptBy(PAYEE_SIGNER_KEY, channel, receipt);
        vm.expectRevert(refusal);
        channels.challenge(channel, receipt, signature);
    }

    function test_only_the_payees_own_receipt_for_this_channel_is_a_proof() external {
        Channel memory channel = openChannel(100);
        Channel memory other = openChannel(100);
        startClose(channel, _state, 70);
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: 31, ref: bytes32(0)});
        bytes memory refusal = abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payeeSigner);
        uint256[3] memory others = [PAYER_KEY, PAYER_SIGNER_KEY, THIEF_KEY];
        for (uint256 i = 0; i < others.length; i++) {
            bytes memory forged = receiptBy(others[i], channel, receipt);
            vm.expectRevert(refusal);
            channels.challenge(channel, receipt, forged);
        }
        bytes memory foreign = receiptBy(PAYEE_SIGNER_KEY, other, receipt);
        vm.expectRevert(refusal);
        channels.challenge(channel, receipt, foreign);
    }

    function test_the_last_second_before_the_deadline_is_for_challenges_the_next_for_the_payee() external {
        Channel memory first = openChannel(100);
        Channel memory second = openChannel(100);
        startClose(first, _state, 70);
        startClose(second, _state, 70);
        uint256 deadline = pendingCloseOf(first).deadline;
        vm.warp(deadline - 1);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.ChallengePeriodNotOver.selector, deadline));
        channels.finalizeClose(first);
        challengeWith(first, 31);
        assertStatus(first, Status.Closed);

        vm.warp(deadline);
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: 31, ref: bytes32(0)});
        bytes memory signature = receiptBy(PAYEE_SIGNER_KEY, second, receipt);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.ChallengePeriodOver.selector, deadline));
        channels.challenge(second, receipt, signature);
        channels.finalizeClose(second);
        assertEq(dollar.balanceOf(PAYEE), 70, "payee");
    }
}
