// SPDX-License-Identifier: MIT
// Claims: what a payee gets, what is skipped, and that one row never changes another.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, ClaimRow, RowOutcome, State} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {Vm, vm} from "./Vm.sol";

contract ClaimsTest is ChannelTest {
    function test_a_claim_pays_what_is_acknowledged_to_the_payee_whoever_calls() external {
        Channel memory channel = openChannel(100);
        ClaimRow memory row = rowBy(PAYER_SIGNER_KEY, channel, State({nonce: 9, owed: 70, earned: 40, credited: 5}));
        vm.prank(address(0xCAFE));
        (uint256 paid, RowOutcome outcome) = claimRow(channel, row);
        assertOutcome(outcome, RowOutcome.Paid);
        assertEq(paid, 40, "paid");
        assertEq(dollar.balanceOf(PAYEE), 40, "payee");
        assertEq(stateOf(channel).settled, 40, "settled");
    }

    /// @dev `claim` builds its answer by hand.
    function test_a_claim_answers_byte_for_byte_what_the_abi_says() external {
        Channel memory channel = openChannel(100);
        ClaimRow[] memory rows = new ClaimRow[](3);
        rows[0] = rowOf(channel, 40);
        rows[1] = rowOf(channel, 30);
        rows[2] = rowOf(channel, 60);
        RowOutcome[] memory outcomes = new RowOutcome[](3);
        (outcomes[0], outcomes[1], outcomes[2]) = (RowOutcome.Paid, RowOutcome.NothingNew, RowOutcome.Paid);
        (bool succeeded, bytes memory answer) =
            address(channels).call(abi.encodeCall(channels.claim, (termsOf(channel), rows)));
        require(succeeded, "claim");
        require(keccak256(answer) == keccak256(abi.encode(uint256(60), outcomes)), "answer");
    }

    function testFuzz_any_order_of_claims_takes_the_highest_total_once(uint96[8] memory totals, uint96 amount)
        external
    {
        vm.assume(amount > 0);
        Channel memory channel = openChannel(amount);
        uint256 highest;
        for (uint256 i = 0; i < totals.length; i++) {
            claimUpTo(channel, totals[i]);
            if (totals[i] > highest) highest = totals[i];
            uint256 expected = highest < amount ? highest : amount;
            assertEq(dollar.balanceOf(PAYEE), expected, "payee");
            assertEq(stateOf(channel).settled, expected, "settled");
        }
    }

    function test_an_acknowledgement_beyond_the_deposit_takes_the_deposit_and_the_rest_after_a_top_up() external {
        Channel memory channel = openChannel(100);
        assertEq(claimUpTo(channel, 150), 100, "first");
        fund(channel, 100);
        assertEq(claimUpTo(channel, 150), 50, "second");
    }

    function test_a_replayed_row_takes_nothing() external {
        Channel memory channel = openChannel(100);
        ClaimRow memory row = rowOf(channel, 40);
        claimRow(channel, row);
        (uint256 paid, RowOutcome outcome) = claimRow(channel, row);
        assertOutcome(outcome, RowOutcome.NothingNew);
        assertEq(paid, 0, "paid");
        assertEq(dollar.balanceOf(PAYEE), 40, "payee");
    }

    function test_a_skipped_row_is_announced_with_its_reason() external {
        Channel memory channel = newChannel();
        vm.expectEmit();
        emit IStateChannels.ClaimSkipped(channels.channelId(channel), RowOutcome.NotLive);
        claimUpTo(channel, 1);
    }

    function test_only_the_payer_signer_can_acknowledge() external {
        Channel memory channel = openChannel(100);
        State memory state = State({nonce: 1, owed: 40, earned: 40, credited: 0});
        uint256[3] memory others = [PAYER_KEY, PAYEE_SIGNER_KEY, THIEF_KEY];
        for (uint256 i = 0; i < others.length; i++) {
            (, RowOutcome outcome) = claimRow(channel, rowBy(others[i], channel, state));
            assertOutcome(outcome, RowOutcome.InvalidSignature);
        }
    }

    function testFuzz_one_changed_bit_of_state_or_signature_takes_nothing(uint8 word, uint8 bit) external {
        Channel memory channel = openChannel(type(uint96).max);
        State memory signed = State({nonce: 1, owed: 1 << 90, earned: 1 << 80, credited: 0});
        ClaimRow memory row = rowBy(PAYER_SIGNER_KEY, channel, signed);
        word = word % 6;
        if (word == 0) row.state.nonce ^= uint64(1) << (bit % 64);
        else if (word == 1) row.state.owed ^= uint96(1) << (bit % 96);
        else if (word == 2) row.state.earned ^= uint96(1) << (bit % 96);
        else if (word == 3) row.state.credited ^= uint96(1) << (bit % 96);
        else if (word == 4) row.r ^= bytes32(uint256(1) << bit);
        else row.vs ^= bytes32(uint256(1) << bit);
        (uint256 paid, RowOutcome outcome) = claimRow(channel, row);
        require(outcome != RowOutcome.Paid, "a forged row was paid");
        assertEq(paid, 0, "paid");
    }

    function test_more_earned_than_owed_is_no_state() external {
        Channel memory channel = openChannel(100);
        State memory state = State({nonce: 1, owed: 39, earned: 40, credited: 0});
        (, RowOutcome outcome) = claimRow(channel, rowBy(PAYER_SIGNER_KEY, channel, state));
        assertOutcome(outcome, RowOutcome.InvalidState);
    }

    function test_claims_go_on_while_exiting_also_after_the_date_until_the_exit() external {
        Channel memory channel = openChannel(100);
        vm.prank(payer);
        channels.requestExit(channel);
        claimUpTo(channel, 10);
        vm.warp(block.timestamp + 8 days);
        claimUpTo(channel, 30);
        channels.exit(channel);
        (, RowOutcome outcome) = claimRow(channel, rowOf(channel, 50));
        assertOutcome(outcome, RowOutcome.NotLive);
        assertEq(dollar.balanceOf(PAYEE), 30, "payee");
        assertEq(dollar.balanceOf(payer), 70, "payer");
    }

    function test_terms_of_another_payee_cannot_take_the_money() external {
        Channel memory channel = openChannel(100);
        ClaimRow memory row = rowOf(channel, 40);
        channel.payee = address(0xBAD);
        (uint256 paid, RowOutcome outcome) = claimRow(channel, row);
        assertOutcome(outcome, RowOutcome.NotLive);
        assertEq(paid, 0, "paid");
    }

    function test_an_empty_batch_does_nothing() external {
        (uint256 paid, RowOutcome[] memory outcomes) =
            channels.claim(termsOf(newChannel()), new ClaimRow[](0));
        assertEq(paid + outcomes.length, 0, "nothing");
    }

    /// @dev Each row is good or spoilt in one of five ways; the good ones get exactly their due.
    function testFuzz_bad_rows_never_change_what_good_ones_get(uint8[12] memory kinds, uint64[12] memory amounts)
        external
    {
        ClaimRow[] memory rows = new ClaimRow[](kinds.length);
        RowOutcome[] memory expected = new RowOutcome[](kinds.length);
        Channel memory last;
        uint256 due;
        for (uint256 i = 0; i < kinds.length; i++) {
            uint96 earned = uint96(amounts[i]) + 1;
            last = openChannel(uint256(earned) * 2);
            rows[i] = rowOf(last, earned);
            uint8 kind = kinds[i] % 6;
            if (kind == 0) {
                closeAt(last, 0);
                expected[i] = RowOutcome.NotLive;
            } else if (kind == 1) {
                due += claimUpTo(last, earned);
                expected[i] = RowOutcome.NothingNew;
            } else if (kind == 2) {
                rows[i] = rowBy(THIEF_KEY, last, rows[i].state);
                expected[i] = RowOutcome.InvalidSignature;
            } else if (kind == 3) {
                rows[i].state.owed = earned - 1;
                expected[i] = RowOutcome.InvalidState;
            } else if (kind == 4) {
                (rows[i].r, rows[i].vs) = (bytes32(0), bytes32(type(uint256).max));
                expected[i] = RowOutcome.InvalidSignature;
            } else {
                due += earned;
            }
        }
        (, RowOutcome[] memory outcomes) = channels.claim(termsOf(last), rows);
        for (uint256 i = 0; i < kinds.length; i++) {
            assertOutcome(outcomes[i], expected[i]);
        }
        assertEq(dollar.balanceOf(PAYEE), due, "payee");
    }

    function test_the_same_row_twice_in_a_batch_is_paid_once() external {
        Channel memory channel = openChannel(100);
        ClaimRow[] memory rows = new ClaimRow[](2);
        rows[0] = rows[1] = rowOf(channel, 40);
        (uint256 paid, RowOutcome[] memory outcomes) = channels.claim(termsOf(channel), rows);
        assertEq(paid, 40, "paid");
        assertOutcome(outcomes[0], RowOutcome.Paid);
        assertOutcome(outcomes[1], RowOutcome.NothingNew);
    }

    function test_a_batch_is_one_transfer() external {
        ClaimRow[] memory rows = new ClaimRow[](5);
        Channel memory channel;
        for (uint256 i = 0; i < rows.length; i++) {
            channel = openChannel(100);
            rows[i] = rowOf(channel, uint96(10 + i));
        }
        vm.recordLogs();
        channels.claim(termsOf(channel), rows);
        assertEq(transfers(), 1, "transfers");
        assertEq(dollar.balanceOf(PAYEE), 60, "payee");
    }

    function transfers() private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == keccak256("Transfer(address,address,uint256)")) count++;
        }
    }
}
