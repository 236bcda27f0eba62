// SPDX-License-Identifier: MIT
// Random play by several payers, an honest or greedy payee, and a thief with everyone's messages, with books of its own.
pragma solidity 0.8.37;

import {
    Channel,
    ChannelState,
    ClaimRow,
    PendingClose,
    Receipt,
    RowOutcome,
    State
} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {BlocklistToken} from "./HostileTokens.sol";
import {vm} from "./Vm.sol";

/// @notice Plays one random step per call and keeps its own books of who should have what.
contract Player is ChannelTest {
    /// @dev What the books say of one channel.
    struct Book {
        Channel channel;
        uint256 paidIn;
        uint256 returned;
        uint256 taken;
        uint256 highestOwed;
        uint256 cooperativelyPaid;
        uint256 exitAt;
        uint256 closeAmount;
        uint256 closeHeadroom;
        /// @dev 0 unless a close is under way.
        uint256 closeDeadline;
        bool closed;
        ClaimRow[] rows;
    }

    BlocklistToken public token;
    Book[] private _books;
    /// @dev What payer and payee should own of the token, held payouts included.
    uint256 public payerDue;
    uint256 public payeeDue;

    constructor() {
        super.setUp();
        token = new BlocklistToken();
        for (uint256 i = 0; i < 6; i++) {
            Channel memory channel = newChannel();
            channel.token = address(token);
            channel.exitDelay = uint32((i % 2 + 1) * 1 days);
            _books.push();
            _books[i].channel = channel;
        }
    }

    /// @dev Empty: the fuzzer calls every public function, and the world is made only once.
    function setUp() public override {}

    function count() external view returns (uint256) {
        return _books.length;
    }

    function book(uint256 i) external view returns (Book memory) {
        return _books[i];
    }

    function pendingCloseAt(uint256 i) external view returns (PendingClose memory) {
        return pendingCloseOf(_books[i].channel);
    }

    function stateAt(uint256 i) external view returns (ChannelState memory) {
        return stateOf(_books[i].channel);
    }

    function pick(uint256 which) private view returns (Book storage) {
        return _books[which % _books.length];
    }

    function held() public view returns (uint256 payers, uint256 payees) {
        payers = channels.pendingWithdrawal(address(token), payer);
        payees = channels.pendingWithdrawal(address(token), PAYEE);
    }

    function balances() external view returns (uint256 contractHas, uint256 payerHas, uint256 payeeHas) {
        return (token.balanceOf(address(channels)), token.balanceOf(payer), token.balanceOf(PAYEE));
    }

    // ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function deposit(uint256 which, uint64 amount) external {
        Book storage b = pick(which);
        token.mint(address(this), amount);
        token.approve(address(channels), amount);
        try channels.deposit(b.channel, amount) {
            require(!b.closed, "I10: a closed channel took a deposit");
            require(b.closeDeadline == 0, "a closing channel took a deposit");
            b.paidIn += amount;
        } catch {}
    }

    /// @dev The payer signs a state; it is kept and may be claimed, or stolen, at any time.
    function signState(uint256 which, uint96 owed, uint96 earned, uint64 credited) external {
        Book storage b = pick(which);
        owed = uint96(owed % (b.paidIn * 2 + 2));
        earned = uint96(earned % (uint256(owed) + 1));
        State memory state = State(uint64(b.rows.length), owed, earned, credited);
        b.rows.push(rowBy(PAYER_SIGNER_KEY, b.channel, state));
        if (owed > b.highestOwed) b.highestOwed = owed;
    }

    /// @dev A batch over all channels with one signed state each, one of them presented for the wrong channel.
    function claim(uint256 seed, uint256 forged) external {
        ClaimRow[] memory rows = new ClaimRow[](_books.length);
        uint256[] memory due = new uint256[](rows.length);
        Channel memory first = _books[seed % rows.length].channel;
        for (uint256 i = 0; i < rows.length; i++) {
            Book storage b = _books[i];
            if (b.rows.length == 0) continue;
            rows[i] = b.rows[(seed >> (8 * i)) % b.rows.length];
            // Rows of other terms are not part of this batch: they must be skipped as unknown channels.
            bool fits = b.channel.exitDelay == first.exitDelay;
            if (i == forged % (rows.length * 2)) rows[i].salt = bytes32(uint256(rows[i].salt) + 1000);
            else if (fits && !b.closed) due[i] = dueOf(b, rows[i].state.earned);
        }
        (uint256 paid, RowOutcome[] memory outcomes) = channels.claim(termsOf(first), rows);
        uint256 sum;
        for (uint256 i = 0; i < rows.length; i++) {
            require((outcomes[i] == RowOutcome.Paid) == (due[i] != 0), "I11: a row got another's fate");
            _books[i].taken += due[i];
            sum += due[i];
        }
        require(paid == sum, "I11: the sum is not that of the good rows");
        payeeDue += sum;
    }

    function dueOf(Book storage b, uint256 earned) private view returns (uint256) {
        uint256 cap = b.paidIn - b.returned;
        uint256 target = earned < cap ? earned : cap;
        return target > b.taken ? target - b.taken : 0;
    }

    function refund(uint256 which, uint64 amount, bool byThief) external {
        Book storage b = pick(which);
        uint32 nonce = stateOf(b.channel).refundNonce;
        bytes memory signature =
            refundBy(byThief ? THIEF_KEY : PAYEE_SIGNER_KEY, b.channel, nonce, amount, NEVER);
        try channels.refund(b.channel, nonce, amount, NEVER, signature) {
            require(!byThief, "a thief refunded");
            require(!b.closed, "I10: a closed channel refunded");
            require(b.closeDeadline == 0, "a closing channel refunded");
            b.returned += amount;
            payerDue += amount;
        } catch {}
    }

    function close(uint256 which, uint96 paid, uint8 rarely) external {
        if (rarely % 8 != 0) return;
        Book storage b = pick(which);
        uint256 left = b.paidIn - b.returned;
        paid = uint96(b.taken + paid % (left - b.taken + 1));
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, b.channel, paid, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, b.channel, paid, NEVER);
        try channels.closeCooperative(b.channel, paid, NEVER, byPayer, byPayee) {
            b.cooperativelyPaid = paid;
            end(b, paid);
        } catch {}
    }

    /// @dev Books the end of a channel at `paid` as the payee's total.
    function end(Book storage b, uint256 paid) private {
        require(!b.closed, "I10: a closed channel closed again");
        uint256 left = b.paidIn - b.returned;
        payeeDue += paid - b.taken;
        payerDue += left - paid;
        b.taken = paid;
        b.returned += left - paid;
        b.closed = true;
        b.closeDeadline = 0;
    }

    function most(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev The payee closes with any state it ever got, at any amount that this state allows.
    function startClose(uint256 which, uint256 seed, uint96 amount) external {
        Book storage b = pick(which);
        if (seed % 4 != 0 || b.rows.length == 0) return;
        ClaimRow memory row = b.rows[(seed >> 8) % b.rows.length];
        uint256 minimum = most(row.state.earned, b.taken);
        bool possible = b.paidIn != 0 && minimum <= row.state.owed && !b.closed && b.closeDeadline == 0
            && (b.exitAt == 0 || block.timestamp < b.exitAt);
        if (minimum <= row.state.owed) amount = uint96(minimum + amount % (row.state.owed - minimum + 1));
        vm.prank(PAYEE);
        try channels.startClose(b.channel, row.state, amount, abi.encodePacked(row.r, row.vs)) {
            require(possible, "a close that should not have started");
            if (amount == minimum) return end(b, least(amount, b.paidIn - b.returned));
            b.closeAmount = amount;
            b.closeHeadroom = row.state.owed - amount + uint256(row.state.credited);
            b.closeDeadline = block.timestamp + b.channel.challengePeriod;
        } catch {
            require(!possible, "a payee could not close");
        }
    }

    function challenge(uint256 which, uint96 credited, bool near, bool byThief) external {
        Book storage b = pick(which);
        // Noise is mostly far away: half of the time the receipt lies within one of the headroom.
        if (near) credited = uint96(b.closeHeadroom + credited % 3) - (b.closeHeadroom == 0 ? 0 : 1);
        Receipt memory receipt = Receipt(0, 0, credited, bytes32(0));
        bytes memory signature = receiptBy(byThief ? THIEF_KEY : PAYEE_SIGNER_KEY, b.channel, receipt);
        bool fraud = !byThief && b.closeDeadline != 0 && block.timestamp < b.closeDeadline
            && credited > b.closeHeadroom;
        try channels.challenge(b.channel, receipt, signature) {
            require(fraud, "an honest close was challenged");
            end(b, b.taken);
        } catch {
            require(!fraud, "a proof of fraud was refused");
        }
    }

    function finalizeClose(uint256 which) external {
        Book storage b = pick(which);
        bool due = b.closeDeadline != 0 && block.timestamp >= b.closeDeadline;
        try channels.finalizeClose(b.channel) {
            require(due, "a close ended before its time, or twice");
            end(b, most(b.taken, least(b.closeAmount, b.paidIn - b.returned)));
        } catch {
            require(!due, "I5: a due close could not be finalized");
        }
    }

    function requestExit(uint256 which, bool byThief) external {
        Book storage b = pick(which);
        vm.prank(byThief ? address(0xBAD) : payer);
        try channels.requestExit(b.channel) {
            require(!byThief, "a thief started an exit");
            require(b.exitAt == 0, "I6: the date was moved");
            b.exitAt = block.timestamp + b.channel.exitDelay;
        } catch {}
    }

    function exit(uint256 which) external {
        Book storage b = pick(which);
        bool due = b.exitAt != 0 && !b.closed && b.closeDeadline == 0 && block.timestamp >= b.exitAt;
        try channels.exit(b.channel) {
            require(due, "an exit before its time, or twice");
            end(b, b.taken);
        } catch {
            require(!due, "I5: a due exit failed");
        }
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + (time % 3 days));
    }

    function setBlocked(bool payerBlocked, bool payeeBlocked) external {
        token.setBlocked(payer, payerBlocked);
        token.setBlocked(PAYEE, payeeBlocked);
    }

    function withdraw(bool forPayer) external {
        try channels.withdraw(address(token), forPayer ? payer : PAYEE) {} catch {}
    }
}
