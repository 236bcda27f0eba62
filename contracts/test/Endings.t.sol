// SPDX-License-Identifier: MIT
// Refunds, cooperative closes and exits: who can, when, and that a closed channel stays closed.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, Ending, Receipt, RowOutcome, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {ContractWallet} from "./HostileAccounts.sol";
import {vm} from "./Vm.sol";

contract EndingsTest is ChannelTest {
    // ── Refunds ────────────────────────────────────────────────────────────────────────────────────────────────────

    function refund(Channel memory channel, uint32 nonce, uint96 amount) private {
        channels.refund(channel, nonce, amount, NEVER, refundBy(PAYEE_SIGNER_KEY, channel, nonce, amount, NEVER));
    }

    function test_a_refund_returns_unspent_money_and_lowers_the_deposit() external {
        Channel memory channel = openChannel(100);
        claimUpTo(channel, 30);
        refund(channel, 0, 50);
        assertEq(dollar.balanceOf(payer), 50, "payer");
        assertEq(stateOf(channel).deposit, 50, "deposit");
        assertEq(stateOf(channel).settled, 30, "settled");
        assertEq(claimUpTo(channel, 100), 20, "what is left for the payee");
    }

    function test_refunds_go_in_order_each_once() external {
        Channel memory channel = openChannel(100);
        bytes memory first = refundBy(PAYEE_SIGNER_KEY, channel, 0, 10, NEVER);
        bytes memory second = refundBy(PAYEE_SIGNER_KEY, channel, 1, 10, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongRefundNonce.selector, 0, 1));
        channels.refund(channel, 1, 10, NEVER, second);
        channels.refund(channel, 0, 10, NEVER, first);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongRefundNonce.selector, 1, 0));
        channels.refund(channel, 0, 10, NEVER, first);
        channels.refund(channel, 1, 10, NEVER, second);
        assertEq(stateOf(channel).refundNonce, 2, "refundNonce");
        assertEq(dollar.balanceOf(payer), 20, "payer");
    }

    function test_a_refund_never_touches_what_the_payee_has_taken_or_other_channels() external {
        Channel memory channel = openChannel(100);
        openChannel(1000);
        claimUpTo(channel, 30);
        bytes memory signature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 71, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.RefundTooLarge.selector, 70, 71));
        channels.refund(channel, 0, 71, NEVER, signature);
    }

    function test_only_the_payee_signer_refunds_and_only_in_time() external {
        Channel memory channel = openChannel(100);
        uint256[3] memory others = [PAYER_KEY, PAYER_SIGNER_KEY, THIEF_KEY];
        for (uint256 i = 0; i < others.length; i++) {
            bytes memory forged = refundBy(others[i], channel, 0, 10, NEVER);
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payeeSigner));
            channels.refund(channel, 0, 10, NEVER, forged);
        }
        uint40 deadline = uint40(block.timestamp);
        bytes memory signature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 10, deadline);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.Expired.selector, deadline));
        channels.refund(channel, 0, 10, deadline, signature);
        vm.warp(deadline);
        channels.refund(channel, 0, 10, deadline, signature);
    }

    function test_a_refund_of_nothing_is_refused() external {
        Channel memory channel = openChannel(100);
        bytes memory signature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 0, NEVER);
        vm.expectRevert(IStateChannels.ZeroAmount.selector);
        channels.refund(channel, 0, 0, NEVER, signature);
    }

    function test_an_exiting_channel_still_refunds() external {
        Channel memory channel = openChannel(100);
        vm.prank(payer);
        channels.requestExit(channel);
        refund(channel, 0, 100);
        assertEq(dollar.balanceOf(payer), 100, "payer");
        vm.warp(block.timestamp + 7 days);
        channels.exit(channel);
        assertEq(dollar.balanceOf(payer), 100, "payer, after the exit of nothing");
    }

    // ── Cooperative close ──────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_a_cooperative_close_pays_both_to_the_unit(uint96 amount, uint96 taken, uint96 paid) external {
        vm.assume(amount > 0);
        taken = uint96(uint256(taken) % (uint256(amount) + 1));
        paid = taken + uint96(uint256(paid) % (uint256(amount - taken) + 1));
        Channel memory channel = openChannel(amount);
        claimUpTo(channel, taken);
        vm.expectEmit();
        emit IStateChannels.Closed(channels.channelId(channel), Ending.Cooperative, paid, amount - paid);
        closeAt(channel, paid);
        assertEq(dollar.balanceOf(PAYEE), paid, "payee");
        assertEq(dollar.balanceOf(payer), amount - paid, "payer");
        assertEq(dollar.balanceOf(address(channels)), 0, "contract");
        assertStatus(channel, Status.Closed);
    }

    function test_a_close_may_give_the_payee_no_more_than_it_took_or_the_whole_deposit() external {
        Channel memory taken = openChannel(100);
        claimUpTo(taken, 30);
        closeAt(taken, 30);
        assertEq(dollar.balanceOf(payer), 70, "payer");
        closeAt(openChannel(100), 100);
        assertEq(dollar.balanceOf(payer), 70, "payer, of the whole deposit");
        assertEq(dollar.balanceOf(PAYEE), 130, "payee");
    }

    function test_a_close_below_what_was_taken_or_above_the_deposit_is_refused() external {
        Channel memory channel = openChannel(100);
        claimUpTo(channel, 30);
        refusesClose(channel, 29);
        refusesClose(channel, 101);
    }

    function refusesClose(Channel memory channel, uint96 paid) private {
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, channel, paid, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, channel, paid, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.PaidOutOfRange.selector, 30, 100, paid));
        channels.closeCooperative(channel, paid, NEVER, byPayer, byPayee);
    }

    function test_a_close_needs_both_signers_in_time() external {
        Channel memory channel = openChannel(100);
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, channel, 40, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, channel, 40, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payeeSigner));
        channels.closeCooperative(channel, 40, NEVER, byPayer, byPayer);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payerSigner));
        channels.closeCooperative(channel, 40, NEVER, byPayee, byPayee);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payerSigner));
        channels.closeCooperative(channel, 41, NEVER, byPayer, byPayee);

        uint40 deadline = uint40(block.timestamp - 1);
        byPayer = closeBy(PAYER_SIGNER_KEY, channel, 40, deadline);
        byPayee = closeBy(PAYEE_SIGNER_KEY, channel, 40, deadline);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.Expired.selector, deadline));
        channels.closeCooperative(channel, 40, deadline, byPayer, byPayee);
    }

    // ── Exit ───────────────────────────────────────────────────────────────────────────────────────────────────────

    function test_the_payer_has_its_money_exactly_the_delay_after_asking() external {
        Channel memory channel = openChannel(100);
        vm.prank(payer);
        channels.requestExit(channel);
        uint256 due = block.timestamp + 7 days;
        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.ExitNotDue.selector, due));
        channels.exit(channel);
        vm.warp(due);
        vm.prank(address(0xCAFE));
        channels.exit(channel);
        assertEq(dollar.balanceOf(payer), 100, "payer");
    }

    function test_payer_and_payer_signer_may_ask_to_exit_nobody_else() external {
        Channel memory channel = openChannel(100);
        address[3] memory others = [channel.payee, channel.payeeSigner, address(this)];
        for (uint256 i = 0; i < others.length; i++) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.NotPayer.selector, others[i]));
            channels.requestExit(channel);
        }
        vm.prank(channel.payerSigner);
        channels.requestExit(channel);
        assertStatus(channel, Status.Exiting);
    }

    function test_an_exit_request_is_final_and_cannot_be_repeated_to_move_its_date() external {
        Channel memory channel = openChannel(100);
        bytes32 id = channels.channelId(channel);
        bytes memory signature = signBytes(PAYER_KEY, exitDigest(channel, NEVER));
        vm.prank(payer);
        channels.requestExit(channel);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongStatus.selector, id, Status.Exiting));
        vm.prank(payer);
        channels.requestExit(channel);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongStatus.selector, id, Status.Exiting));
        channels.requestExitWithSignature(channel, NEVER, signature);
    }

    function test_an_exit_can_be_relayed_for_either_key_of_the_payer() external {
        uint256[2] memory keys = [PAYER_KEY, PAYER_SIGNER_KEY];
        for (uint256 i = 0; i < keys.length; i++) {
            Channel memory channel = openChannel(100);
            channels.requestExitWithSignature(channel, NEVER, signBytes(keys[i], exitDigest(channel, NEVER)));
            assertStatus(channel, Status.Exiting);
        }
    }

    function test_a_relayed_exit_needs_the_payer_in_time() external {
        Channel memory channel = openChannel(100);
        uint256[2] memory others = [PAYEE_SIGNER_KEY, THIEF_KEY];
        for (uint256 i = 0; i < others.length; i++) {
            bytes memory forged = signBytes(others[i], exitDigest(channel, NEVER));
            vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, payer));
            channels.requestExitWithSignature(channel, NEVER, forged);
        }
        uint40 deadline = uint40(block.timestamp - 1);
        bytes memory late = signBytes(PAYER_KEY, exitDigest(channel, deadline));
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.Expired.selector, deadline));
        channels.requestExitWithSignature(channel, deadline, late);
    }

    function test_a_contract_payer_asks_to_exit_by_erc1271() external {
        ContractWallet wallet = new ContractWallet(vm.addr(PAYER_KEY), vm.addr(THIEF_KEY));
        Channel memory channel = newChannel();
        channel.payer = address(wallet);
        fund(channel, 100);
        bytes memory first = signBytes(PAYER_KEY, exitDigest(channel, NEVER));
        bytes memory second = signBytes(THIEF_KEY, exitDigest(channel, NEVER));
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, address(wallet)));
        channels.requestExitWithSignature(channel, NEVER, bytes.concat(second, first));
        channels.requestExitWithSignature(channel, NEVER, bytes.concat(first, second));
        vm.warp(block.timestamp + 7 days);
        channels.exit(channel);
        assertEq(dollar.balanceOf(address(wallet)), 100, "wallet");
    }

    function test_an_open_channel_cannot_be_exited_without_asking() external {
        Channel memory channel = openChannel(100);
        bytes32 id = channels.channelId(channel);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongStatus.selector, id, Status.Open));
        channels.exit(channel);
    }

    // ── Closed for ever ────────────────────────────────────────────────────────────────────────────────────────────

    function test_nothing_brings_a_closed_channel_back() external {
        Channel memory closed = openChannel(100);
        closeAt(closed, 40);
        isDead(closed);
        Channel memory exited = openChannel(100);
        exitAfterDelay(exited);
        isDead(exited);
        State memory state = State({nonce: 1, owed: 60, earned: 40, credited: 0});
        Channel memory acknowledged = openChannel(100);
        startClose(acknowledged, state, 40);
        isDead(acknowledged);
        Channel memory finalized = openChannel(100);
        startClose(finalized, state, 60);
        vm.warp(block.timestamp + 1 days);
        channels.finalizeClose(finalized);
        isDead(finalized);
        Channel memory challenged = openChannel(100);
        startClose(challenged, state, 60);
        challengeWith(challenged, 1);
        isDead(challenged);
    }

    function test_a_channel_that_never_was_does_nothing() external {
        Channel memory channel = newChannel();
        bytes memory wrong = wrongStatus(channel, Status.None);
        refusesAllEndings(channel, wrong);
    }

    function isDead(Channel memory channel) private {
        openChannel(1000); // other money is there to be stolen
        bytes memory wrong = wrongStatus(channel, Status.Closed);
        refusesAllEndings(channel, wrong);
        dollar.mint(address(this), 10);
        dollar.approve(address(channels), 10);
        vm.expectRevert(wrong);
        channels.deposit(channel, 10);
        (uint256 paid, RowOutcome outcome) = claimRow(channel, rowOf(channel, 100));
        assertOutcome(outcome, RowOutcome.NotLive);
        assertEq(paid, 0, "paid");
    }

    function refusesAllEndings(Channel memory channel, bytes memory wrong) private {
        bytes memory refundSignature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 10, NEVER);
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, channel, 40, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, channel, 40, NEVER);
        bytes memory exitSignature = signBytes(PAYER_KEY, exitDigest(channel, NEVER));
        vm.expectRevert(wrong);
        channels.refund(channel, 0, 10, NEVER, refundSignature);
        vm.expectRevert(wrong);
        channels.closeCooperative(channel, 40, NEVER, byPayer, byPayee);
        vm.expectRevert(wrong);
        vm.prank(channel.payer);
        channels.requestExit(channel);
        vm.expectRevert(wrong);
        channels.requestExitWithSignature(channel, NEVER, exitSignature);
        vm.expectRevert(wrong);
        channels.exit(channel);
        State memory state = State({nonce: 1, owed: 60, earned: 40, credited: 0});
        bytes memory stateSignature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, state));
        vm.expectRevert(wrong);
        vm.prank(channel.payee);
        channels.startClose(channel, state, 50, stateSignature);
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: 100, ref: bytes32(0)});
        bytes memory receiptSignature = receiptBy(PAYEE_SIGNER_KEY, channel, receipt);
        vm.expectRevert(wrong);
        channels.challenge(channel, receipt, receiptSignature);
        vm.expectRevert(wrong);
        channels.finalizeClose(channel);
    }
}
