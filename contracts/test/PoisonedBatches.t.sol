// SPDX-License-Identifier: MIT
// Batches that somebody has spoilt: whatever a row is made of, the good ones get what they would get without it.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, ClaimRow, RowOutcome, State} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {Vm, vm} from "./Vm.sol";

contract PoisonedBatchesTest is ChannelTest {
    /// @dev Where the rows begin in the calldata of a claim: selector, five terms, offset, length. A row is nine words.
    uint256 private constant ROWS_AT = 4 + 7 * 32;
    uint256 private constant ROW_WORDS = 9;
    /// @dev In a row: payer, payerSigner, salt, nonce, owed, earned, credited, r, vs.

    Channel private _any;

    function setUp() public override {
        super.setUp();
        _any = newChannel();
    }

    /// @dev Sends a claim as bytes, as a hand-written client may have made them.
    function send(bytes memory data) private returns (uint256 paid, RowOutcome[] memory outcomes) {
        (bool succeeded, bytes memory answer) = address(channels).call(data);
        require(succeeded, "a row reverted the batch");
        return abi.decode(answer, (uint256, RowOutcome[]));
    }

    function encode(ClaimRow[] memory rows) private view returns (bytes memory) {
        return abi.encodeCall(channels.claim, (termsOf(_any), rows));
    }

    function flip(bytes memory data, uint256 row, uint256 word, uint256 bits) private pure {
        flip(data, ROWS_AT + (row * ROW_WORDS + word) * 32, bits);
    }

    function test_dirty_high_bits_in_any_word_skip_that_row_and_no_other() external {
        // The highest bit, and the lowest that lies outside of the type.
        uint16[9] memory widths = [160, 160, 256, 64, 96, 96, 96, 256, 256];
        for (uint256 word = 0; word < ROW_WORDS; word++) {
            if (widths[word] == 256) continue;
            for (uint256 i = 0; i < 2; i++) {
                ClaimRow[] memory rows = threeGoodRows();
                bytes memory data = encode(rows);
                flip(data, 1, word, 1 << (i == 0 ? 255 : widths[word]));
                uint256 before = dollar.balanceOf(PAYEE);
                (uint256 paid, RowOutcome[] memory outcomes) = send(data);
                assertEq(paid, 40, "paid");
                assertEq(dollar.balanceOf(PAYEE) - before, 40, "payee");
                assertOutcome(outcomes[0], RowOutcome.Paid);
                assertOutcome(outcomes[1], word < 2 ? RowOutcome.NotLive : RowOutcome.InvalidState);
                assertOutcome(outcomes[2], RowOutcome.Paid);
            }
        }
    }

    /// @dev The payerSigner signs the very words that are sent. Dirt in any of the four numbers, in several, in all.
    function testFuzz_even_a_signature_over_numbers_out_of_range_makes_no_state(uint256 dirt) external {
        Channel memory channel = openChannel(100);
        State memory state = State({nonce: 1, owed: 40, earned: 40, credited: 0});
        bytes32 id = channels.channelId(channel);
        for (uint256 dirty = 1; dirty < 16; dirty++) {
            bytes memory words = abi.encode(state);
            for (uint256 i = 0; i < 4; i++) {
                if ((dirty >> i) & 1 == 1) flip(words, 32 * i, above(i == 0 ? 64 : 96, dirt));
            }
            ClaimRow[] memory rows = new ClaimRow[](1);
            rows[0] = rowBy(PAYER_SIGNER_KEY, channel, state, stateDigest(id, words));
            bytes memory data = encode(rows);
            for (uint256 i = 0; i < 4; i++) {
                if ((dirty >> i) & 1 == 1) flip(data, 0, 3 + i, above(i == 0 ? 64 : 96, dirt));
            }
            (uint256 paid, RowOutcome[] memory outcomes) = send(data);
            assertOutcome(outcomes[0], RowOutcome.InvalidState);
            assertEq(paid, 0, "paid");
        }
        assertEq(dollar.balanceOf(PAYEE), 0, "payee");
        assertEq(claimUpTo(channel, 40), 40, "the same numbers without dirt");
    }

    /// @dev States are signed for the id of the very words that are sent, next to the channel that they are dirt of.
    function testFuzz_dirty_high_bits_in_a_party_or_a_term_name_no_channel(uint256 dirt) external {
        // Of a channel's fields. In a claim, the third to the seventh are the terms, and the first two begin the row.
        uint8[7] memory widths = [160, 160, 160, 160, 160, 32, 32];
        for (uint256 field = 0; field < widths.length; field++) {
            Channel memory channel = openChannel(100);
            State memory state = State({nonce: 1, owed: 40, earned: 40, credited: 0});
            bytes memory words = abi.encode(channel);
            flip(words, 32 * field, above(widths[field], dirt));
            ClaimRow[] memory rows = new ClaimRow[](1);
            rows[0] = rowBy(PAYER_SIGNER_KEY, channel, state, stateDigest(idOf(words), abi.encode(state)));
            bytes memory data = encode(rows);
            if (field < 2) flip(data, 0, field, above(widths[field], dirt));
            else flip(data, 4 + 32 * (field - 2), above(widths[field], dirt));
            (bool answered, bytes memory answer) = address(channels).call(data);
            // Payee and token are read once more, with a range check, to be paid nothing.
            require(answered == (field != 2 && field != 4), "answered");
            if (answered) {
                (, RowOutcome[] memory outcomes) = abi.decode(answer, (uint256, RowOutcome[]));
                assertOutcome(outcomes[0], RowOutcome.NotLive);
            }
            assertEq(stateOf(channel).settled, 0, "settled");
        }
        assertEq(dollar.balanceOf(PAYEE), 0, "payee");
    }

    function testFuzz_rows_of_noise_change_nothing(bytes32[27] memory noise, uint8 position) external {
        ClaimRow[] memory rows = new ClaimRow[](5);
        ClaimRow[] memory good = threeGoodRows();
        uint256 first = position % 3;
        // Three rows of pure noise in front of, between or behind two good ones.
        uint256 next;
        bool[5] memory noisy;
        for (uint256 i = 0; i < rows.length; i++) {
            noisy[i] = i >= first && i < first + 3;
            if (!noisy[i]) rows[i] = good[next++];
        }
        bytes memory data = encode(rows);
        for (uint256 word = 0; word < 27; word++) {
            flip(data, first, word, uint256(noise[word]));
        }
        (uint256 paid, RowOutcome[] memory outcomes) = send(data);
        for (uint256 i = 0; i < rows.length; i++) {
            assertOutcome(outcomes[i], noisy[i] ? RowOutcome.NotLive : RowOutcome.Paid);
        }
        assertEq(paid, 10 + 20, "paid");
    }

    /// @dev One flipped bit anywhere in a good row: it is not paid, and its neighbours are.
    function testFuzz_any_flipped_bit_spoils_its_own_row_only(uint8 word, uint8 bit) external {
        ClaimRow[] memory rows = threeGoodRows();
        bytes memory data = encode(rows);
        flip(data, 1, word % ROW_WORDS, 1 << bit);
        (uint256 paid, RowOutcome[] memory outcomes) = send(data);
        require(outcomes[1] != RowOutcome.Paid, "a spoilt row was paid");
        assertEq(paid, 40, "paid");
        assertEq(dollar.balanceOf(PAYEE), 40, "payee");
    }

    function test_channels_that_are_closed_closing_or_exiting_among_others() external {
        ClaimRow[] memory rows = new ClaimRow[](6);
        Channel[6] memory opened;
        for (uint256 i = 0; i < rows.length; i++) {
            opened[i] = openChannel(100);
            rows[i] = rowOf(opened[i], 40);
        }
        State memory state = State({nonce: 1, owed: 60, earned: 30, credited: 0});
        closeAt(opened[0], 0);
        startClose(opened[1], state, 50); // and stays so
        startClose(opened[2], state, 50);
        challengeWith(opened[2], 11);
        startClose(opened[3], state, 30); // at once
        vm.prank(payer);
        channels.requestExit(opened[4]);
        uint256 before = dollar.balanceOf(PAYEE);
        (uint256 paid, RowOutcome[] memory outcomes) = channels.claim(termsOf(_any), rows);
        RowOutcome[6] memory expected = [
            RowOutcome.NotLive,
            RowOutcome.Paid,
            RowOutcome.NotLive,
            RowOutcome.NotLive,
            RowOutcome.Paid,
            RowOutcome.Paid
        ];
        for (uint256 i = 0; i < rows.length; i++) {
            assertOutcome(outcomes[i], expected[i]);
        }
        assertEq(paid, 120, "paid");
        assertEq(dollar.balanceOf(PAYEE) - before, 120, "payee");
    }

    function test_an_under_funded_channel_pays_what_it_has_and_the_others_all() external {
        ClaimRow[] memory rows = new ClaimRow[](3);
        rows[0] = rowOf(openChannel(100), 40);
        rows[1] = rowOf(openChannel(7), 40);
        rows[2] = rowOf(openChannel(100), 40);
        (uint256 paid,) = channels.claim(termsOf(_any), rows);
        assertEq(paid, 87, "paid");
        assertEq(dollar.balanceOf(PAYEE), 87, "payee");
    }

    function test_the_caller_learns_which_rows_were_skipped_and_why() external {
        ClaimRow[] memory rows = threeGoodRows();
        rows[1].salt = keccak256("never opened");
        rows[2].state.owed = 0;
        vm.recordLogs();
        channels.claim(termsOf(_any), rows);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256[2] memory reasons;
        uint256 count;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == IStateChannels.ClaimSkipped.selector) {
                reasons[count++] = abi.decode(logs[i].data, (uint256));
            }
        }
        assertEq(count, 2, "skipped");
        assertEq(reasons[0], uint256(RowOutcome.NotLive), "the unknown");
        assertEq(reasons[1], uint256(RowOutcome.InvalidState), "the malformed");
    }

    function test_a_batch_of_bad_rows_alone_moves_nothing() external {
        ClaimRow[] memory rows = new ClaimRow[](4);
        vm.recordLogs();
        (uint256 paid,) = channels.claim(termsOf(_any), rows);
        assertEq(paid, 0, "paid");
        assertEq(vm.getRecordedLogs().length, 4, "a note for each row and no transfer");
    }

    /// @dev Good rows of 10, 20 and 30, of channels that are new each time.
    function threeGoodRows() private returns (ClaimRow[] memory rows) {
        rows = new ClaimRow[](3);
        for (uint256 i = 0; i < rows.length; i++) {
            rows[i] = rowOf(openChannel(100), uint96(10 * (i + 1)));
        }
    }
}
