// SPDX-License-Identifier: MIT
// The world of the invariants: who takes part, in which channels, and books of who should have what, kept apart from the
// contract's own.
pragma solidity 0.8.37;

import {Channel, ChannelState, ClaimRow, PendingClose, Receipt, State} from "../../types/Channel.sol";
import {ChannelTest} from "../ChannelTest.sol";
import {NativeRefuser, Reentrant} from "../HostileAccounts.sol";
import {BlocklistToken, HookToken} from "../HostileTokens.sol";
import {vm} from "../Vm.sol";
import {TricksterToken} from "./TricksterToken.sol";

interface IMoney {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external;
    function balanceOf(address owner) external view returns (uint256);
}

abstract contract Books is ChannelTest {
    uint256 internal constant SECOND_PAYER_KEY = 0xB0B;
    uint256 internal constant KINDS = 7;

    /// @dev What the books say of one channel. Totals as in the protocol: of the channel's whole life.
    struct Book {
        Channel channel;
        uint256 payerKey;
        uint256 paidIn;
        /// @dev All that went back to the payer, the rest at the end included.
        uint256 returned;
        uint256 taken;
        uint256 highestOwed;
        uint256 highestEarned;
        uint256 cooperativelyPaid;
        uint256 exitAt;
        uint256 closeAmount;
        uint256 closeHeadroom;
        /// @dev 0 unless a close is under way.
        uint256 closeDeadline;
        bool closed;
        /// @dev The stored state when the channel closed, packed.
        bytes32 atTheEnd;
        /// @dev Every state that the payer has signed, as the payee got it.
        ClaimRow[] rows;
        /// @dev Signatures of refunds that were made, in order of their nonces.
        bytes[] refunds;
        uint96[] refundAmounts;
    }

    /// @dev A book without its messages, for the invariants: they are checked after every step.
    struct Summary {
        Channel channel;
        bool signed;
        uint256 paidIn;
        uint256 returned;
        uint256 taken;
        uint256 highestOwed;
        uint256 highestEarned;
        uint256 cooperativelyPaid;
        uint256 exitAt;
        uint256 closeAmount;
        uint256 closeHeadroom;
        uint256 closeDeadline;
        bool closed;
    }

    /// @dev What a payee that follows the protocol keeps (`docs/protocol.md`, section 3). Channels that it trades in are
    /// never touched by the dishonest steps of a payee.
    struct Ledger {
        bool honest;
        uint96 authorised;
        uint96 credited;
        uint96 charged;
        Receipt[] receipts;
        bool closing;
    }

    Book[] internal _books;
    mapping(uint256 which => Ledger) internal _ledgers;
    BlocklistToken internal blocklist;
    HookToken internal hook;
    TricksterToken public trickster;
    Reentrant public reentrant;
    NativeRefuser internal refuser;
    address[] internal _tokens;
    address[] internal _parties;
    /// @dev What each party should own of each token, held payouts included.
    mapping(address token => mapping(address party => uint256)) public due;
    /// @dev Counts steps, and tells what the last one was about: what is dear to check is checked for this channel, or
    /// for one after the other.
    uint256 public turn;
    uint256 public last;
    /// @dev The kind of channel that most of this play is about, counted from one; 0 before it is chosen.
    uint256 private _favourite;
    /// @dev What must not happen at all, and happened.
    string public wrong;
    /// @dev How often a step did what it is there for: a world in which nothing works keeps every invariant.
    mapping(string what => uint256) public times;

    constructor() {
        super.setUp();
        blocklist = new BlocklistToken();
        hook = new HookToken();
        trickster = new TricksterToken();
        reentrant = new Reentrant();
        refuser = new NativeRefuser();
        hook.setHooked(address(reentrant));
        address[2] memory payers = [payer, vm.addr(SECOND_PAYER_KEY)];
        _parties = [payers[0], payers[1], PAYEE, address(reentrant), address(refuser)];
        _tokens = [address(0), address(dollar), address(blocklist), address(hook), address(trickster)];
        // The kinds of terms, each with both payers, so that every batch has several rows that fit.
        address[KINDS] memory assets =
            [address(dollar), address(0), address(0), address(0), address(blocklist), address(hook), address(trickster)];
        address[KINDS] memory payees =
            [PAYEE, PAYEE, address(reentrant), address(refuser), PAYEE, address(reentrant), PAYEE];
        for (uint256 i = 0; i < 2 * KINDS; i++) {
            Channel memory channel = newChannel();
            (channel.token, channel.payee, channel.payer) = (assets[i / 2], payees[i / 2], payers[i % 2]);
            channel.exitDelay = uint32((i / 2 % 3 + 1) * 1 days);
            channel.challengePeriod = i / 2 % 2 == 0 ? 1 hours : 2 days;
            _books.push();
            _books[i].channel = channel;
            _books[i].payerKey = i % 2 == 0 ? PAYER_KEY : SECOND_PAYER_KEY;
            _ledgers[i].honest = i % 2 == 1;
        }
    }

    /// @dev Empty: the fuzzer calls every public function, and the world is made only once.
    function setUp() public override {}

    // ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    function count() external view returns (uint256) {
        return _books.length;
    }

    function book(uint256 i) external view returns (Summary memory s) {
        Book storage b = _books[i];
        (s.channel, s.signed) = (b.channel, b.rows.length != 0);
        (s.paidIn, s.returned, s.taken) = (b.paidIn, b.returned, b.taken);
        (s.highestOwed, s.highestEarned, s.cooperativelyPaid) = (b.highestOwed, b.highestEarned, b.cooperativelyPaid);
        (s.closeAmount, s.closeHeadroom, s.closeDeadline) = (b.closeAmount, b.closeHeadroom, b.closeDeadline);
        (s.exitAt, s.closed) = (b.exitAt, b.closed);
    }

    function stateAt(uint256 i) external view returns (ChannelState memory) {
        return stateOf(_books[i].channel);
    }

    function pendingCloseAt(uint256 i) external view returns (PendingClose memory) {
        return pendingCloseOf(_books[i].channel);
    }

    function tokens() external view returns (address[] memory) {
        return _tokens;
    }

    function parties() external view returns (address[] memory) {
        return _parties;
    }

    function escrow() external view returns (address) {
        return address(channels);
    }

    function heldFor(address token, address party) external view returns (uint256) {
        return channels.pendingWithdrawal(token, party);
    }

    function balanceOf(address token, address owner) public view returns (uint256) {
        return token == address(0) ? owner.balance : IMoney(token).balanceOf(owner);
    }

    // ── Booking ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The channel that a step is about. Small numbers are places in the books. Most others mean the two channels
    /// of one kind, which the first of them chooses: scattered over all, a play would be over before anything ends.
    function indexOf(uint256 which) internal returns (uint256) {
        if (which < _books.length) return which;
        if (_favourite == 0) _favourite = 1 + which % KINDS;
        return which % 4 == 0 ? which / 4 % _books.length : 2 * (_favourite - 1) + which / 4 % 2;
    }

    /// @dev The same for steps that mean something only while a close is under way: one of these, if there are any.
    function indexOfClosing(uint256 which) internal returns (uint256 i) {
        i = indexOf(which);
        if (which < _books.length) return i;
        for (uint256 k = 0; k < _books.length; k++) {
            uint256 next = (i + k) % _books.length;
            if (_books[next].closeDeadline != 0) return next;
        }
    }

    function pick(uint256 which) internal returns (Book storage) {
        turn++;
        last = indexOf(which);
        return _books[last];
    }

    function ledgerOf(uint256 which) internal returns (Ledger storage) {
        return _ledgers[indexOf(which)];
    }

    /// @dev Notes what an invariant then fails with: a step that reverts would only tell that it did.
    function check(bool fine, string memory claim) internal {
        if (!fine) wrong = claim;
    }

    function note(string memory what) internal {
        times[what]++;
    }

    function available(Book storage b) internal view returns (uint256) {
        return b.paidIn - b.returned;
    }

    function packed(Channel memory channel) internal view returns (bytes32) {
        return keccak256(abi.encode(stateOf(channel), pendingCloseOf(channel)));
    }

    function bookReturn(Book storage b, uint256 amount) internal {
        b.returned += amount;
        due[b.channel.token][b.channel.payer] += amount;
    }

    function bookTaken(Book storage b, uint256 total) internal {
        due[b.channel.token][b.channel.payee] += total - b.taken;
        b.taken = total;
    }

    /// @dev Books the end of a channel at `paid` as the payee's total.
    function bookEnd(Book storage b, uint256 paid) internal {
        check(!b.closed, "I10: a closed channel closed again");
        bookTaken(b, paid);
        bookReturn(b, available(b) - paid);
        b.closed = true;
        b.closeDeadline = 0;
        b.atTheEnd = packed(b.channel);
    }

    // ── Messages ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev The payer signs a state; it is kept, and may be shown or stolen at any time.
    function sign(Book storage b, State memory state) internal {
        b.rows.push(rowBy(PAYER_SIGNER_KEY, b.channel, state));
        b.highestOwed = most(b.highestOwed, state.owed);
        b.highestEarned = most(b.highestEarned, state.earned);
    }

    function signatureOf(ClaimRow memory row) internal pure returns (bytes memory) {
        return abi.encodePacked(row.r, row.vs);
    }

    function most(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }

    function least(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
