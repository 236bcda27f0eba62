// SPDX-License-Identifier: MIT
// Steps of thieves, hostile tokens and hostile recipients, and the passing of time.
pragma solidity 0.8.37;

import {IStateChannels} from "../../interfaces/IStateChannels.sol";
import {Channel, ClaimRow, Receipt, RowOutcome, State} from "../../types/Channel.sol";
import {Escrow} from "../ChannelTest.sol";
import {vm} from "../Vm.sol";
import {Books} from "./Books.sol";
import {TricksterToken} from "./TricksterToken.sol";

abstract contract Mischief is Books {
    uint256 private constant OTHER_CHAIN = 8453;

    /// @dev What the contract holds under channel ids of another chain.
    uint256 public elsewhere;
    Escrow private immutable _otherContract;

    constructor() {
        _otherContract = deployEscrow();
    }

    // ── Replays ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Shows messages of one channel for another one, and refunds that were made once more.
    function replay(uint256 from, uint256 to, uint256 seed) external {
        for (uint256 kind = 0; kind < 6; kind++) {
            replayOne(indexOf(from), kind == 3 ? indexOfClosing(to) : indexOf(to), kind, seed);
        }
    }

    function replayOne(uint256 from, uint256 to, uint256 kind, uint256 seed) private {
        Book storage a = pick(from);
        Book storage b = pick(to);
        bytes32 before = packed(b.channel);
        bool same = from == to;
        if (kind == 0 && a.refunds.length != 0) {
            uint32 nonce = uint32(seed % a.refunds.length);
            attempt(
                address(0xBAD),
                abi.encodeCall(channels.refund, (b.channel, nonce, a.refundAmounts[nonce], NEVER, a.refunds[nonce])),
                same ? "refund shown again" : "refund shown elsewhere"
            );
        } else if (same) {
            return;
        } else if (kind == 1 && a.rows.length != 0) {
            ClaimRow memory row = a.rows[seed % a.rows.length];
            (row.payer, row.salt) = (b.channel.payer, b.channel.salt);
            (, RowOutcome outcome) = claimRow(b.channel, row);
            check(outcome != RowOutcome.Paid, "I9: a state was paid in another channel");
            if (outcome == RowOutcome.InvalidSignature) note("state shown elsewhere in a claim");
        } else if (kind == 2 && a.rows.length != 0) {
            ClaimRow memory row = a.rows[seed % a.rows.length];
            uint96 amount = row.state.owed;
            attempt(
                b.channel.payee,
                abi.encodeCall(channels.startClose, (b.channel, row.state, amount, signatureOf(row))),
                "state shown elsewhere in a close"
            );
        } else if (kind == 3) {
            Receipt memory receipt = Receipt(0, 0, type(uint96).max, bytes32(0));
            bytes memory signature = receiptBy(PAYEE_SIGNER_KEY, a.channel, receipt);
            attempt(
                address(0xBAD),
                abi.encodeCall(channels.challenge, (b.channel, receipt, signature)),
                "receipt shown elsewhere"
            );
        } else if (kind == 4) {
            bytes memory signature = signBytes(PAYER_SIGNER_KEY, exitDigest(a.channel, NEVER));
            attempt(
                address(0xBAD),
                abi.encodeCall(channels.requestExitWithSignature, (b.channel, NEVER, signature)),
                "exit request shown elsewhere"
            );
        } else if (kind == 5) {
            uint96 paid = uint96(b.taken);
            bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, a.channel, paid, NEVER);
            bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, a.channel, paid, NEVER);
            attempt(
                address(0xBAD),
                abi.encodeCall(channels.closeCooperative, (b.channel, paid, NEVER, byPayer, byPayee)),
                "cooperative close shown elsewhere"
            );
        }
        check(packed(b.channel) == before, "I9: a message did something where it was not meant");
    }

    /// @dev Noted where nothing but the message itself was in the way.
    function attempt(address sender, bytes memory data, string memory what) private {
        vm.prank(sender);
        (bool done, bytes memory reason) = address(channels).call(data);
        check(!done, "I9: a message counted where it was not meant");
        bool forTheMessage = bytes4(reason) == IStateChannels.InvalidSignature.selector
            || bytes4(reason) == IStateChannels.WrongRefundNonce.selector;
        if (forTheMessage) note(what);
    }

    /// @dev Shows a state in another contract, and on another chain, in which a channel of the same terms is open.
    function replayElsewhere(uint256 which, uint256 seed, bool otherChain) external {
        Book storage b = _books[indexOf(which)];
        if (b.channel.token != address(0)) b = _books[2 + which % 6];
        if (b.rows.length == 0) return;
        ClaimRow memory row = b.rows[seed % b.rows.length];
        Escrow target = otherChain ? channels : _otherContract;
        if (otherChain) vm.chainId(OTHER_CHAIN);
        vm.deal(address(this), 5);
        target.deposit{value: 5}(b.channel, 5);
        if (otherChain) elsewhere += 5;
        ClaimRow[] memory rows = new ClaimRow[](1);
        rows[0] = row;
        (uint256 paid, RowOutcome[] memory outcomes) = target.claim(termsOf(b.channel), rows);
        check(paid == 0, "I9: a state was paid in another contract or on another chain");
        bool forTheSignature = outcomes[0] == RowOutcome.InvalidSignature;
        if (forTheSignature) note(otherChain ? "state shown on another chain" : "state shown in another contract");
        vm.chainId(31337);
    }

    /// @dev The payer shows its states itself, in any order, to lower what the payee can take.
    function showOldState(uint256 which, uint256 seed) external {
        Book storage b = pick(which);
        if (b.rows.length == 0) return;
        State memory state = b.rows[seed % b.rows.length].state;
        uint256 target = b.closed ? 0 : least(state.earned, available(b));
        vm.prank(b.channel.payer);
        (uint256 paid,) = claimRow(b.channel, b.rows[seed % b.rows.length]);
        check(paid == (target > b.taken ? target - b.taken : 0), "I7: an old state took or gave");
        if (!b.closed && state.earned < b.taken) note("old state shown");
        bookTaken(b, b.taken + paid);
    }

    // ── Hostile tokens and recipients ──────────────────────────────────────────────────────────────────────────────

    function setBlocked(uint8 bits) external {
        for (uint256 i = 0; i < _parties.length; i++) {
            blocklist.setBlocked(_parties[i], (bits >> i) & 1 == 1);
        }
    }

    function setAccepting(bool accepts) external {
        refuser.setAccepts(accepts);
    }

    function setMood(uint8 mood, uint256 which, uint256 call) external {
        // A token that has lied may lack money for ever: mostly it stays short of that.
        if (mood % 8 == 7 && mood < 200) mood = 0;
        trickster.setMood(TricksterToken.Mood(mood % 8), address(channels), callInto(which, call));
    }

    function prepareReentry(uint256 which, uint256 call) public {
        reentrant.prepare(address(channels), callInto(which, call));
    }

    /// @dev What a token or recipient tries while it is called: each would be allowed at another time.
    function callInto(uint256 which, uint256 call) private returns (bytes memory data) {
        Book storage b = _books[indexOf(which)];
        if (call % 6 == 0) {
            ClaimRow[] memory rows = new ClaimRow[](1);
            if (b.rows.length != 0) rows[0] = b.rows[b.rows.length - 1];
            return abi.encodeCall(channels.claim, (termsOf(b.channel), rows));
        } else if (call % 6 == 1) {
            return abi.encodeCall(channels.withdraw, (b.channel.token, b.channel.payee));
        } else if (call % 6 == 2) {
            return abi.encodeCall(channels.exit, (b.channel));
        } else if (call % 6 == 3) {
            return abi.encodeCall(channels.finalizeClose, (b.channel));
        } else if (call % 6 == 4) {
            bytes memory signature = signBytes(PAYER_SIGNER_KEY, exitDigest(b.channel, NEVER));
            return abi.encodeCall(channels.requestExitWithSignature, (b.channel, NEVER, signature));
        }
        bytes[] memory calls = new bytes[](1);
        calls[0] = callInto(which, call % 5);
        return abi.encodeCall(channels.multicall, (calls));
    }

    function gotIn() external view returns (bool) {
        return trickster.gotIn() || reentrant.succeeded();
    }

    // ── Anyone ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function withdraw(uint256 which, bool forPayer) external {
        (address asset, address owner) = heldFrom(indexOf(which), forPayer);
        uint256 amount = channels.pendingWithdrawal(asset, owner);
        bool possible = amount != 0 && arrives(asset, owner, amount);
        // A token that burns gas burns all that there is: what it may waste is up to who calls.
        try channels.withdraw{gas: 3_000_000}(asset, owner) {
            check(possible, "a withdrawal that should have failed");
            note("withdrawal");
        } catch (bytes memory reason) {
            check(!possible, "a withdrawal failed that would have arrived");
            bool undelivered = bytes4(reason) == IStateChannels.UndeliverablePayout.selector;
            bool burnt = asset == address(trickster) && trickster.mood() == TricksterToken.Mood.BurnsGas;
            check(burnt || undelivered == (amount != 0), "a withdrawal failed for something else");
            if (undelivered) note("withdrawal not yet possible");
        }
    }

    /// @dev Of a channel for which something is held, if there is any.
    function heldFrom(uint256 i, bool forPayer) private view returns (address asset, address owner) {
        for (uint256 k = 0; k < _books.length; k++) {
            Channel memory channel = _books[(i + k) % _books.length].channel;
            (asset, owner) = (channel.token, forPayer ? channel.payer : channel.payee);
            if (channels.pendingWithdrawal(asset, owner) != 0) return (asset, owner);
        }
    }

    /// @dev Whether a push of the asset to the owner goes through as things stand.
    function arrives(address asset, address owner, uint256 amount) private view returns (bool) {
        if (asset == address(0)) return owner != address(refuser) || refuser.accepts();
        if (asset == address(blocklist)) return !blocklist.blocked(owner);
        if (asset != address(trickster)) return true;
        TricksterToken.Mood mood = trickster.mood();
        bool answersWell = mood == TricksterToken.Mood.Honest || mood == TricksterToken.Mood.Silent
            || mood == TricksterToken.Mood.CallsBack || mood == TricksterToken.Mood.TakesFee;
        return answersWell && trickster.balanceOf(address(channels)) >= amount;
    }

    /// @dev To the next date of a channel, or the second before it.
    function passTo(uint256 which, bool early) external {
        Book storage b = pick(indexOfClosing(which));
        uint256 next = b.closeDeadline != 0 ? b.closeDeadline : b.exitAt;
        if (next > block.timestamp) vm.warp(next - (early ? 1 : 0));
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }
}
