// SPDX-License-Identifier: MIT
// The base of the Solidity tests: a contract, a dollar, the parties of a channel, and their signatures.
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {
    Channel,
    ChannelState,
    ChannelTerms,
    ClaimRow,
    Ending,
    PendingClose,
    Receipt,
    RowOutcome,
    State,
    Status
} from "../types/Channel.sol";
import {TestDollar} from "./TestDollar.sol";
import {vm} from "./Vm.sol";

/// @notice All that the deployed contract answers to.
interface Escrow is IStateChannels, IERC5267 {}

/// @dev Knows the contract by its interface and its artifact alone: so tests compile in seconds, without the settings
/// of the deployed code, and what they test is exactly that code.
abstract contract ChannelTest {
    uint256 internal constant PAYER_KEY = 0xA11CE;
    uint256 internal constant PAYER_SIGNER_KEY = 0x5E55;
    uint256 internal constant PAYEE_SIGNER_KEY = 0x4EC1;
    uint256 internal constant THIEF_KEY = 0xBAD;
    uint40 internal constant NEVER = type(uint40).max;
    address internal constant PAYEE = address(0xBEEF);

    Escrow internal channels;
    TestDollar internal dollar;
    address internal payer;
    uint256 private _salts;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        channels = deployEscrow();
        dollar = new TestDollar();
        payer = vm.addr(PAYER_KEY);
    }

    function deployEscrow() internal returns (Escrow escrow) {
        bytes memory creationCode = vm.getCode("contracts/StateChannels.sol:StateChannels");
        assembly ("memory-safe") {
            escrow := create(0, add(creationCode, 0x20), mload(creationCode))
        }
        require(address(escrow).code.length != 0, "not deployed");
    }

    // ── Channels ───────────────────────────────────────────────────────────────────────────────────────────────────

    function newChannel() internal returns (Channel memory) {
        return Channel({
            payer: payer,
            payerSigner: vm.addr(PAYER_SIGNER_KEY),
            payee: PAYEE,
            payeeSigner: vm.addr(PAYEE_SIGNER_KEY),
            token: address(dollar),
            exitDelay: 7 days,
            challengePeriod: 1 days,
            salt: bytes32(++_salts)
        });
    }

    /// @dev Opens a new channel with the payer's dollars.
    function openChannel(uint256 amount) internal returns (Channel memory channel) {
        channel = newChannel();
        fund(channel, amount);
    }

    function fund(Channel memory channel, uint256 amount) internal {
        dollar.mint(payer, amount);
        vm.prank(payer);
        dollar.approve(address(channels), amount);
        vm.prank(payer);
        channels.deposit(channel, amount);
    }

    function stateOf(Channel memory channel) internal view returns (ChannelState memory) {
        return channels.channelState(channels.channelId(channel));
    }

    function pendingCloseOf(Channel memory channel) internal view returns (PendingClose memory) {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = channels.channelId(channel);
        return channels.pendingCloses(ids)[0];
    }

    // ── Messages, hashed here independently of the contract's own code ─────────────────────────────────────────────

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("x402 State Channels"),
                keccak256("1"),
                block.chainid,
                address(channels)
            )
        );
        return keccak256(bytes.concat(hex"1901", domain, structHash));
    }

    function signBytes(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The same signature in the form of ERC-2098.
    function compacted(bytes memory signature) internal pure returns (bytes memory) {
        bytes32 r;
        uint256 s;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        return abi.encodePacked(r, s | (uint256(uint8(signature[64]) - 27) << 255));
    }

    /// @dev What the owner of dollars signs to let `spender` have `amount` of them (EIP-2612).
    function permitDigest(address owner, address spender, uint256 amount, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 structHash = keccak256(
            abi.encode(dollar.PERMIT_TYPEHASH(), owner, spender, amount, dollar.nonces(owner), deadline)
        );
        return keccak256(bytes.concat(hex"1901", dollar.DOMAIN_SEPARATOR(), structHash));
    }

    /// @dev What the owner of dollars signs to pay `amount` of them into the channel with this id (EIP-3009).
    function authorizationDigest(TestDollar token, address from, uint256 amount, bytes32 id, bytes32 salt)
        internal
        view
        returns (bytes32)
    {
        bytes32 nonce = keccak256(abi.encode(id, salt));
        bytes32 typeHash = dollar.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(); // the same for every token
        bytes32 structHash = keccak256(abi.encode(typeHash, from, address(channels), amount, 0, NEVER, nonce));
        return keccak256(bytes.concat(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
    }

    /// @dev The id of the channel whose fields are these words, also of one whose words are out of range.
    function idOf(bytes memory words) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Channel(address payer,address payerSigner,address payee,address payeeSigner,address token,uint32 exitDelay,uint32 challengePeriod,bytes32 salt)"
        );
        return digestOf(keccak256(bytes.concat(typeHash, words)));
    }

    function stateDigest(Channel memory channel, State memory state) internal view returns (bytes32) {
        return stateDigest(channels.channelId(channel), abi.encode(state));
    }

    /// @dev The same for the state whose numbers are these words, also of one whose words are out of range.
    function stateDigest(bytes32 id, bytes memory words) internal view returns (bytes32) {
        bytes32 typeHash =
            keccak256("State(bytes32 channelId,uint64 nonce,uint96 owed,uint96 earned,uint96 credited)");
        return digestOf(keccak256(bytes.concat(typeHash, id, words)));
    }

    function rowBy(uint256 key, Channel memory channel, State memory state) internal view returns (ClaimRow memory) {
        return rowBy(key, channel, state, stateDigest(channel, state));
    }

    /// @dev A row that bears a signature of this digest.
    function rowBy(uint256 key, Channel memory channel, State memory state, bytes32 digest)
        internal
        pure
        returns (ClaimRow memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes32 vs = bytes32((uint256(v - 27) << 255) | uint256(s));
        return ClaimRow(channel.payer, channel.payerSigner, channel.salt, state, r, vs);
    }

    function receiptBy(uint256 key, Channel memory channel, Receipt memory receipt)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash =
            keccak256("Receipt(bytes32 channelId,uint64 nonce,uint96 charged,uint96 credited,bytes32 ref)");
        return signBytes(key, digestOf(keccak256(abi.encode(typeHash, channels.channelId(channel), receipt))));
    }

    function rowOf(Channel memory channel, uint96 earned) internal view returns (ClaimRow memory) {
        return rowBy(PAYER_SIGNER_KEY, channel, State({nonce: 1, owed: earned, earned: earned, credited: 0}));
    }

    function refundBy(uint256 key, Channel memory channel, uint32 nonce, uint96 amount, uint40 deadline)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256("Refund(bytes32 channelId,uint32 refundNonce,uint96 amount,uint40 deadline)");
        return signBytes(
            key, digestOf(keccak256(abi.encode(typeHash, channels.channelId(channel), nonce, amount, deadline)))
        );
    }

    function closeBy(uint256 key, Channel memory channel, uint96 paid, uint40 deadline)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256("CooperativeClose(bytes32 channelId,uint96 paid,uint40 deadline)");
        return signBytes(key, digestOf(keccak256(abi.encode(typeHash, channels.channelId(channel), paid, deadline))));
    }

    function exitDigest(Channel memory channel, uint40 deadline) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RequestExit(bytes32 channelId,uint40 deadline)");
        return digestOf(keccak256(abi.encode(typeHash, channels.channelId(channel), deadline)));
    }

    // ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function termsOf(Channel memory channel) internal pure returns (ChannelTerms memory) {
        return ChannelTerms(
            channel.payee, channel.payeeSigner, channel.token, channel.exitDelay, channel.challengePeriod
        );
    }

    function claimRow(Channel memory channel, ClaimRow memory row) internal returns (uint256 paid, RowOutcome outcome) {
        ClaimRow[] memory rows = new ClaimRow[](1);
        rows[0] = row;
        RowOutcome[] memory outcomes;
        (paid, outcomes) = channels.claim(termsOf(channel), rows);
        outcome = outcomes[0];
    }

    function claimUpTo(Channel memory channel, uint96 earned) internal returns (uint256 paid) {
        (paid,) = claimRow(channel, rowOf(channel, earned));
    }

    function closeAt(Channel memory channel, uint96 paid) internal {
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, channel, paid, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, channel, paid, NEVER);
        channels.closeCooperative(channel, paid, NEVER, byPayer, byPayee);
    }

    /// @dev The payee closes with a state of the payer.
    function startClose(Channel memory channel, State memory state, uint96 amount) internal {
        bytes memory signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, state));
        vm.prank(channel.payee);
        channels.startClose(channel, state, amount, signature);
    }

    /// @dev A watchtower shows a receipt of the payee.
    function challengeWith(Channel memory channel, uint96 credited) internal {
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: credited, ref: bytes32(0)});
        channels.challenge(channel, receipt, receiptBy(PAYEE_SIGNER_KEY, channel, receipt));
    }

    function exitAfterDelay(Channel memory channel) internal {
        vm.prank(channel.payer);
        channels.requestExit(channel);
        vm.warp(block.timestamp + channel.exitDelay);
        channels.exit(channel);
    }

    /// @dev What is put into the bits of a word that lie above a type of `width` bits: never nothing.
    function above(uint256 width, uint256 dirt) internal pure returns (uint256 bits) {
        bits = dirt << width;
        if (bits == 0) bits = 1 << 255;
    }

    /// @dev Changes bits of a word in ABI-encoded data, as a hand-written client may.
    function flip(bytes memory data, uint256 offset, uint256 bits) internal pure {
        assembly ("memory-safe") {
            let position := add(add(data, 0x20), offset)
            mstore(position, xor(mload(position), bits))
        }
    }

    // ── Claims about what happened ─────────────────────────────────────────────────────────────────────────────────

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert(string.concat(what, ": ", decimal(actual), ", expected ", decimal(expected)));
    }

    function expectClosed(Channel memory channel, Ending ending, uint256 paid, uint256 returned) internal {
        vm.expectEmit();
        emit IStateChannels.Closed(channels.channelId(channel), ending, paid, returned);
    }

    /// @dev The refusal of a call that the channel's status does not allow.
    function wrongStatus(Channel memory channel, Status status) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IStateChannels.WrongStatus.selector, channels.channelId(channel), status);
    }

    function assertStatus(Channel memory channel, Status expected) internal view {
        assertEq(uint256(stateOf(channel).status), uint256(expected), "status");
    }

    function assertOutcome(RowOutcome actual, RowOutcome expected) internal pure {
        assertEq(uint256(actual), uint256(expected), "outcome");
    }

    function decimal(uint256 value) private pure returns (string memory) {
        if (value < 10) return string(abi.encodePacked(bytes1(uint8(48 + value))));
        return string.concat(decimal(value / 10), decimal(value % 10));
    }
}
