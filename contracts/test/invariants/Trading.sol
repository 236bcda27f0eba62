// SPDX-License-Identifier: MIT
// Steps of payers and payees that trade: deposits, states, claims in batches, refunds.
pragma solidity 0.8.37;

import {Channel, ClaimRow, Receipt, RowOutcome, State} from "../../types/Channel.sol";
import {vm} from "../Vm.sol";
import {Books, IMoney} from "./Books.sol";
import {TricksterToken} from "./TricksterToken.sol";

abstract contract Trading is Books {
    /// @dev Anyone pays in: mostly dust and everyday sums, sometimes far more.
    function deposit(uint256 which, uint96 sum, uint8 size) public {
        Book storage b = pick(which);
        uint256 amount = size % 4 == 0 ? sum % 4 : size % 4 == 3 ? sum : sum % 10_000;
        address token = b.channel.token;
        // Nothing limits what a token burns of the gas of who pays in: that is the payer's own affair.
        if (token == address(trickster) && trickster.mood() == TricksterToken.Mood.BurnsGas) return;
        bool moved = token != address(trickster) || trickster.movesAll();
        bool fits = amount != 0 && available(b) + amount <= type(uint96).max;
        bool possible = moved && fits && !b.closed && b.closeDeadline == 0;
        if (token == address(0)) vm.deal(address(this), amount);
        else IMoney(token).mint(address(this), amount);
        if (token != address(0)) IMoney(token).approve(address(channels), amount);
        try channels.deposit{value: token == address(0) ? amount : 0}(b.channel, amount) {
            check(possible, "a deposit that should have been refused");
            note("deposit");
            b.paidIn += amount;
        } catch {
            check(!possible, "a good deposit was refused");
        }
    }

    /// @dev A relayer hands in the payer's EIP-3009 authorization, for the right channel or for another one.
    function depositAuthorized(uint256 which, uint64 amount, uint256 salt, bool redirected) external {
        Book storage b = pick(which % 2);
        dollar.mint(b.channel.payer, amount);
        bytes32 id = channels.channelId(b.channel);
        bytes32 digest = authorizationDigest(dollar, b.channel.payer, amount, id, bytes32(salt));
        bytes memory signature = signBytes(b.payerKey, digest);
        bool used = dollar.authorizationState(b.channel.payer, keccak256(abi.encode(id, salt)));
        bool fits = amount != 0 && available(b) + amount <= type(uint96).max;
        bool possible = !redirected && !used && fits && !b.closed && b.closeDeadline == 0;
        Channel memory target = b.channel;
        if (redirected) target.payee = address(0xBAD);
        try channels.depositWithAuthorization(target, amount, 0, NEVER, bytes32(salt), signature) {
            check(!redirected, "I9: a deposit went into another channel");
            check(possible, "an authorized deposit that should have been refused");
            note("authorized deposit");
            b.paidIn += amount;
        } catch {
            check(!possible, "a good authorized deposit was refused");
            if (redirected) note("redirected deposit refused");
            vm.prank(b.channel.payer);
            dollar.transfer(address(this), amount);
        }
    }

    /// @dev A payer of any honesty signs any state.
    function signState(uint256 which, uint96 owed, uint96 earned, uint64 credited) external {
        Book storage b = pick(which);
        if (ledgerOf(which).honest) return;
        owed = uint96(owed % (b.paidIn * 2 + 2));
        earned = uint96(earned % (uint256(owed) + 1));
        sign(b, State(uint64(b.rows.length), owed, earned, credited));
    }

    /// @dev A request to a payee that keeps the books: authorised at `price`, charged at `cost`, the rest credited.
    function buy(uint256 which, uint96 price, uint96 cost, bool acknowledges) external {
        Book storage b = pick(which);
        Ledger storage l = ledgerOf(which);
        if (!l.honest || l.closing) return;
        price %= 1000;
        cost %= price + 1;
        uint256 owed = l.authorised + price - l.credited;
        if (owed > available(b)) return;
        l.authorised += price;
        uint256 earned = acknowledges ? least(l.charged, owed) : least(b.highestEarned, owed);
        sign(b, State(uint64(b.rows.length), uint96(owed), uint96(earned), l.credited));
        l.charged += cost;
        l.credited += price - cost;
        l.receipts.push(Receipt(uint64(b.rows.length - 1), cost, l.credited, bytes32(0)));
    }

    /// @dev A batch with one state of every channel, good rows among rows of other terms, forged and malformed ones.
    function claim(uint256 seed, uint256 forged, uint256 malformed) external {
        ClaimRow[] memory rows = new ClaimRow[](_books.length);
        uint256[] memory expected = new uint256[](rows.length);
        uint256 kind = indexOf(seed) / 2;
        // Half of the time one that would otherwise be good.
        (forged, malformed) = (2 * kind + forged % 4, 2 * kind + malformed % 4);
        for (uint256 i = 0; i < rows.length; i++) {
            Book storage b = _books[i];
            if (b.rows.length == 0) continue;
            rows[i] = b.rows[(seed >> (8 * i)) % b.rows.length];
            if (i == forged) rows[i].state.owed += 1;
            else if (i == malformed) (rows[i].state.owed, rows[i].state.earned) = (0, 1);
            else if (i / 2 == kind && !b.closed) expected[i] = claimable(b, rows[i].state.earned);
        }
        (uint256 paid, RowOutcome[] memory outcomes) = channels.claim(termsOf(_books[2 * kind].channel), rows);
        uint256 sum;
        for (uint256 i = 0; i < rows.length; i++) {
            check((outcomes[i] == RowOutcome.Paid) == (expected[i] != 0), "I11: a row got another's fate");
            if (expected[i] != 0) bookTaken(_books[i], _books[i].taken + expected[i]);
            if (expected[i] != 0) note("claim");
            if (outcomes[i] == RowOutcome.InvalidSignature) note("forged row skipped");
            if (outcomes[i] == RowOutcome.InvalidState) note("malformed row skipped");
            sum += expected[i];
        }
        check(paid == sum, "I11: the sum is not that of the good rows");
    }

    function claimable(Book storage b, uint256 earned) internal view returns (uint256) {
        uint256 target = least(earned, available(b));
        return target > b.taken ? target - b.taken : 0;
    }

    function refund(uint256 which, uint96 amount, bool byThief) public {
        Book storage b = pick(which);
        // A payee that keeps the books gives back only what was never authorised.
        uint256 limit = ledgerOf(which).honest ? available(b) - least(available(b), b.highestOwed) : available(b);
        amount = uint96(amount % (limit + 1));
        uint32 nonce = uint32(b.refunds.length);
        bytes memory signature = refundBy(byThief ? THIEF_KEY : PAYEE_SIGNER_KEY, b.channel, nonce, amount, NEVER);
        bool possible = !byThief && amount != 0 && b.paidIn != 0 && !b.closed && b.closeDeadline == 0
            && amount <= available(b) - b.taken;
        try channels.refund(b.channel, nonce, amount, NEVER, signature) {
            check(possible, "a refund that should have been refused");
            note("refund");
            b.refunds.push(signature);
            b.refundAmounts.push(amount);
            bookReturn(b, amount);
        } catch {
            check(!possible, "a good refund was refused");
        }
    }
}
