// SPDX-License-Identifier: MIT
// Steps that end channels: agreement, closes by honest and dishonest payees, challenges by watchtowers, exits.
pragma solidity 0.8.37;

import {ClaimRow, Receipt} from "../../types/Channel.sol";
import {vm} from "../Vm.sol";
import {Books} from "./Books.sol";

abstract contract Closing is Books {
    function closeCooperative(uint256 which, uint96 paid, uint8 rarely) external {
        if (rarely % 8 != 0) return;
        Book storage b = pick(which);
        if (b.closed || b.paidIn == 0) return;
        paid = uint96(b.taken + paid % (available(b) - b.taken + 1));
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, b.channel, paid, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, b.channel, paid, NEVER);
        try channels.closeCooperative(b.channel, paid, NEVER, byPayer, byPayee) {
            note("cooperative close");
            b.cooperativelyPaid = paid;
            bookEnd(b, paid);
        } catch {
            check(false, "both agreed, and were refused");
        }
    }

    /// @dev A payee closes with any state it ever got, at any amount that this state allows.
    function startClose(uint256 which, uint256 seed, uint96 amount) external {
        Book storage b = pick(which);
        if (seed % 2 != 0 || b.rows.length == 0 || ledgerOf(which).honest) return;
        ClaimRow memory row = b.rows[(seed >> 8) % b.rows.length];
        uint256 minimum = most(row.state.earned, b.taken);
        uint256 room = minimum <= row.state.owed && seed / 2 % 4 != 0 ? row.state.owed - minimum : 0;
        amount = uint96(minimum + amount % (room + 1));
        close(b, row, amount);
    }

    /// @dev A payee that keeps the books closes with its highest state, at what it charged.
    function closeHonestly(uint256 which, uint8 rarely) public {
        Book storage b = pick(which);
        Ledger storage l = ledgerOf(which);
        if (rarely % 2 != 0 || !l.honest || b.rows.length == 0) return;
        ClaimRow memory row = b.rows[b.rows.length - 1];
        if (l.charged < most(row.state.earned, b.taken)) return;
        // What failed after the last state was signed is credited, and so not asked for.
        close(b, row, uint96(least(l.charged, row.state.owed)));
        if (b.closeDeadline == 0) return;
        note("honest close");
        l.closing = true;
    }

    function close(Book storage b, ClaimRow memory row, uint96 amount) internal {
        uint256 minimum = most(row.state.earned, b.taken);
        bool possible = b.paidIn != 0 && minimum <= row.state.owed && !b.closed && b.closeDeadline == 0
            && (b.exitAt == 0 || block.timestamp < b.exitAt);
        vm.prank(b.channel.payee);
        try channels.startClose(b.channel, row.state, amount, signatureOf(row)) {
            check(possible, "a close that should not have started");
            note(amount == minimum ? "close at once" : "close");
            if (amount == minimum) return bookEnd(b, least(amount, available(b)));
            b.closeAmount = amount;
            b.closeHeadroom = row.state.owed - amount + uint256(row.state.credited);
            b.closeDeadline = block.timestamp + b.channel.challengePeriod;
        } catch {
            check(!possible, "a payee could not close");
        }
    }

    /// @dev A watchtower shows a receipt of a dishonest payee, or a thief one that it made up.
    function challenge(uint256 which, uint96 credited, bool near, bool byThief) external {
        uint256 i = indexOfClosing(which);
        Book storage b = pick(i);
        if (ledgerOf(i).honest && !byThief) return;
        // Noise is mostly far away: half of the time the receipt lies within one of the headroom.
        if (near) credited = uint96(b.closeHeadroom + credited % 3) - (b.closeHeadroom == 0 ? 0 : 1);
        show(b, Receipt(0, 0, credited, bytes32(0)), byThief ? THIEF_KEY : PAYEE_SIGNER_KEY);
    }

    /// @dev A payer challenges an honest payee with a receipt that this payee did sign.
    function challengeHonest(uint256 which, uint256 seed) public {
        Ledger storage l = ledgerOf(which);
        if (l.receipts.length == 0) return;
        Book storage b = pick(which);
        bool closing = b.closeDeadline != 0;
        show(b, l.receipts[seed % l.receipts.length], PAYEE_SIGNER_KEY);
        check(!closing || b.closeDeadline != 0, "I8: a payee that keeps the books lost its money");
        if (closing) note("honest close shown a receipt");
    }

    function show(Book storage b, Receipt memory receipt, uint256 key) private {
        bool fraud = key == PAYEE_SIGNER_KEY && b.closeDeadline != 0 && block.timestamp < b.closeDeadline
            && receipt.credited > b.closeHeadroom;
        try channels.challenge(b.channel, receipt, receiptBy(key, b.channel, receipt)) {
            check(fraud, "an honest close was challenged");
            note("challenge");
            bookEnd(b, b.taken);
        } catch {
            check(!fraud, "a proof of fraud was refused");
        }
    }

    function finalizeClose(uint256 which) public {
        Book storage b = pick(indexOfClosing(which));
        bool possible = b.closeDeadline != 0 && block.timestamp >= b.closeDeadline;
        try channels.finalizeClose(b.channel) {
            check(possible, "a close ended before its time, or twice");
            note("finalized close");
            bookEnd(b, most(b.taken, least(b.closeAmount, available(b))));
        } catch {
            check(!possible, "I5: a due close could not be finalized");
        }
    }

    /// @dev By the payer, by the session key, by a relayer with the session key's signature, or by a thief.
    function requestExit(uint256 which, uint8 how, uint8 rarely) public {
        if (rarely % 3 != 0) return;
        Book storage b = pick(which);
        bool possible = b.paidIn != 0 && b.exitAt == 0 && !b.closed && b.closeDeadline == 0 && how % 5 < 3;
        bytes memory data = abi.encodeCall(channels.requestExit, (b.channel));
        if (how % 5 == 2 || how % 5 == 4) {
            bytes memory signature =
                signBytes(how % 5 == 2 ? PAYER_SIGNER_KEY : THIEF_KEY, exitDigest(b.channel, NEVER));
            data = abi.encodeCall(channels.requestExitWithSignature, (b.channel, NEVER, signature));
        }
        address[3] memory senders = [b.channel.payer, b.channel.payerSigner, address(0xBAD)];
        vm.prank(senders[how % 5 > 2 ? 2 : how % 5]);
        (bool done,) = address(channels).call(data);
        check(done == possible, "I6: an exit that should, or should not, have started");
        if (!done || !possible) return;
        note(how % 5 == 2 ? "relayed exit request" : "exit request");
        b.exitAt = block.timestamp + b.channel.exitDelay;
    }

    function exit(uint256 which) public {
        Book storage b = pick(which);
        bool possible = b.exitAt != 0 && !b.closed && b.closeDeadline == 0 && block.timestamp >= b.exitAt;
        try channels.exit(b.channel) {
            check(possible, "an exit before its time, or twice");
            note("exit");
            bookEnd(b, b.taken);
        } catch {
            check(!possible, "I5: a due exit failed");
        }
    }
}
