// SPDX-License-Identifier: MIT
// What payers, payees, relayers and watchers can do with state channels, and what they are told.
pragma solidity 0.8.37;

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

/// @title x402 state channels
/// @notice Money locked once pays for thousands of requests: the payer signs running totals off chain, the payee takes
/// what was acknowledged in batches, the payer gets back the rest.
///
/// Life of a channel, and who moves it:
///
///     None ──deposit──▶ Open ──requestExit──▶ Exiting ──exit, from exitAt on───────────────▶ Closed
///                        ├───────────┬───────────┤                                             ▲
///                        │           └───────────┼──closeCooperative, startClose at `earned`───┤
///                        └──startClose above it──┴──▶ Closing ──finalizeClose or challenge─────┘
///
/// - Anyone may pay in, and relay any message below: each says in a signature what it does and for which channel.
/// - `claim` pays the payee only, `refund`, `exit` and `challenge` the payer only, a close each its share.
/// - The payer alone can start an exit; nobody can stop it. The payee can close first, until the exit is due, and by
///   that put the end off until its challenge period is over: once, because a close cannot be started again.
/// - Closed is for ever: no signature and no deposit brings a channel back.
///
/// There is no owner, no fee and no upgrade. Amounts are atomic units of the token, at most 2^96 − 1. Tokens that take
/// a fee on transfer are refused; balances of rebasing tokens are not tracked, so they must not be used.
///
/// Signatures of payerSigner and payeeSigner are ECDSA only, so an account without a key of its own cannot sign in these
/// roles: 65 bytes (v 27 or 28) or the 64 of ERC-2098, s in the lower half. The payer may be an account of any kind.
/// Every function that changes state reverts with `Reentrancy` when called from within another; every payout with
/// `InsufficientGas` where the caller brought less than a failed push might have used.
interface IStateChannels {
    /// @notice A channel came to life. Carries the whole identity, which the contract does not store.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param payer The account that gets back what is not spent.
    /// @param payee The account that is paid.
    /// @param channel The whole identity: what every later call has to bring along.
    /// @param amount What was paid in, in atomic units.
    /// @param funder Whose money it was.
    event Opened(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        Channel channel,
        uint256 amount,
        address funder
    );

    /// @notice More money was paid in. `deposit` is the new total.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param amount What was paid in, in atomic units.
    /// @param deposit All paid in so far, less all refunded.
    /// @param funder Whose money it was.
    event ToppedUp(bytes32 indexed channelId, uint256 amount, uint256 deposit, address funder);

    /// @notice The payee took `amount`; `settled` is all it has taken.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param amount What the payee took, in atomic units.
    /// @param settled All that it has taken so far.
    event Claimed(bytes32 indexed channelId, uint256 amount, uint256 settled);

    /// @notice A row of a claim was left out; the other rows were not affected.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param reason Why the row was left out; never `Paid`.
    event ClaimSkipped(bytes32 indexed channelId, RowOutcome reason);

    /// @notice The payee gave `amount` back to the payer out of the escrow; `deposit` is the new total.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param refundNonce How many refunds were made before.
    /// @param amount What went to the payer, in atomic units.
    /// @param deposit All paid in so far, less all refunded.
    event Refunded(bytes32 indexed channelId, uint256 refundNonce, uint256 amount, uint256 deposit);

    /// @notice The payer may leave from `exitAt` (Unix seconds) on.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param exitAt From when on the payer may leave (Unix seconds).
    event ExitRequested(bytes32 indexed channelId, uint256 exitAt);

    /// @notice The channel ended. In its whole life it paid `paid` to the payee; `returned` goes back to the payer now.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param ending How it ended.
    /// @param paid What the payee got over the whole life of the channel, in atomic units.
    /// @param returned What goes to the payer now.
    event Closed(bytes32 indexed channelId, Ending ending, uint256 paid, uint256 returned);

    /// @notice The payee asks for `amount` over the channel's whole life. Until `deadline` (Unix seconds) a receipt of
    /// the payee with more than `headroom` credited proves that too much: watchers compare it with what they hold.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param amount What the payee asks for over the whole life of the channel, in atomic units.
    /// @param headroom The most that the payee can have credited if it is honest, in atomic units.
    /// @param deadline Until when it can be challenged (Unix seconds, exclusive).
    event CloseStarted(bytes32 indexed channelId, uint256 amount, uint256 headroom, uint256 deadline);

    /// @notice A payout could not be delivered and waits for `withdraw`.
    /// @param token The ERC-20 token, or zero for the native currency.
    /// @param owner Who is to have it.
    /// @param amount What was added to what is held, in atomic units.
    event PayoutHeld(address indexed token, address indexed owner, uint256 amount);

    /// @notice A payout that had been held was delivered to its owner.
    /// @param token The ERC-20 token, or zero for the native currency.
    /// @param owner Who got it.
    /// @param amount All that was held, in atomic units.
    event Withdrawn(address indexed token, address indexed owner, uint256 amount);

    /// @notice The call came from within another call of this contract.
    error Reentrancy();
    /// @notice A deposit or refund of nothing.
    error ZeroAmount();
    /// @notice The channel's total would pass 2^96 − 1.
    /// @param total What the total would have been, in atomic units.
    error AmountTooLarge(uint256 total);
    /// @notice Native currency sent does not match the deposit (none may be sent with a token).
    /// @param expected What had to be sent along, in wei.
    /// @param sent What was sent.
    error WrongValue(uint256 expected, uint256 sent);
    /// @notice The native currency has no authorizations.
    error TokenRequired();
    /// @notice Payer or payee is zero or this contract itself.
    /// @param party The address that cannot be one.
    error InvalidParty(address party);
    /// @notice A signer is zero, or both are the same key.
    /// @param payerSigner The key named for the payer.
    /// @param payeeSigner The key named for the payee.
    error InvalidSigners(address payerSigner, address payeeSigner);
    /// @notice The exit delay is not within 1 to 30 days.
    /// @param exitDelay The delay given, in seconds.
    error ExitDelayOutOfBounds(uint256 exitDelay);
    /// @notice The challenge period is not within 1 hour to 7 days.
    /// @param challengePeriod The period given, in seconds.
    error ChallengePeriodOutOfBounds(uint256 challengePeriod);
    /// @notice The channel's status does not allow this call.
    /// @param channelId The channel: its EIP-712 hash.
    /// @param status What the channel is instead.
    error WrongStatus(bytes32 channelId, Status status);
    /// @notice The message was not signed by who had to sign it.
    /// @param signer Who had to sign.
    error InvalidSignature(address signer);
    /// @notice The message's deadline has passed.
    /// @param deadline The last second in which it was good (Unix seconds).
    error Expired(uint256 deadline);
    /// @notice Refunds are made in order of their nonces: a used one cannot be used again.
    /// @param expected The nonce that the next refund must carry.
    /// @param given The nonce that it carried.
    error WrongRefundNonce(uint256 expected, uint256 given);
    /// @notice More is asked than the channel holds.
    /// @param available What the channel still holds, in atomic units.
    /// @param asked What was asked for.
    error RefundTooLarge(uint256 available, uint256 asked);
    /// @notice The final total must be between what the payee has taken and the deposit.
    /// @param settled What the payee has taken, in atomic units.
    /// @param deposit The deposit.
    /// @param paid The total that was asked for.
    error PaidOutOfRange(uint256 settled, uint256 deposit, uint256 paid);
    /// @notice Only payer and payerSigner may do this without a signature.
    /// @param caller Who called.
    error NotPayer(address caller);
    /// @notice The exit is not due before `exitAt` (Unix seconds).
    /// @param exitAt When it will be (Unix seconds).
    error ExitNotDue(uint256 exitAt);
    /// @notice Only payee and payeeSigner may close alone.
    /// @param caller Who called.
    error NotPayee(address caller);
    /// @notice The payer may leave since `exitAt` (Unix seconds): the payee can no longer start a close.
    /// @param exitAt Since when it has been (Unix seconds).
    error ExitDue(uint256 exitAt);
    /// @notice A close asks for at least what was acknowledged or taken, and for at most what is owed.
    /// @param acknowledged The least that can be asked for: `max(earned, settled)`, in atomic units.
    /// @param owed The most that can be asked for.
    /// @param amount What was asked for.
    error CloseAmountOutOfRange(uint256 acknowledged, uint256 owed, uint256 amount);
    /// @notice The close can be challenged until `deadline` (Unix seconds), and only then be finalized.
    /// @param deadline When it will be (Unix seconds).
    error ChallengePeriodNotOver(uint256 deadline);
    /// @notice The close could be challenged before `deadline` (Unix seconds) only.
    /// @param deadline When it ended (Unix seconds).
    error ChallengePeriodOver(uint256 deadline);
    /// @notice The receipt credits no more than an honest close leaves room for.
    /// @param headroom What the close leaves room for, in atomic units.
    /// @param credited What the receipt says.
    error NoFraud(uint256 headroom, uint256 credited);
    /// @notice Nothing is held for this owner.
    error NothingToWithdraw();
    /// @notice The owner still cannot receive: nothing was changed.
    /// @param token The ERC-20 token, or zero for the native currency.
    /// @param owner Whose money it is.
    error UndeliverablePayout(address token, address owner);

    // ── Paying in ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Opens a channel or tops it up with the caller's money: `amount` of a token that the caller has approved,
    /// or of the native currency sent along. Anyone may fund any channel that is not closed or closing; the money of an
    /// account that merely has approved this contract is never taken.
    /// @param channel The channel, which need not be open yet.
    /// @param amount What to pay in, in atomic units.
    /// @dev Reverts with WrongValue, ZeroAmount, WrongStatus, AmountTooLarge, InexactTransfer, what the token reverts
    /// with, and on opening with InvalidParty, InvalidSigners, ExitDelayOutOfBounds, ChallengePeriodOutOfBounds.
    function deposit(Channel calldata channel, uint256 amount) external payable;

    /// @notice The same for a token with EIP-2612: approves and deposits in one transaction of the caller, who is also
    /// the owner of the money. A permit that somebody else has handed in before does no harm.
    /// @param channel The channel, which need not be open yet.
    /// @param amount What to pay in, in atomic units.
    /// @param deadline The permit's deadline (Unix seconds).
    /// @param signature The caller's permit of exactly `amount` to this contract until `deadline` (65 bytes or
    /// ERC-2098). If the token does not take it, an allowance that exists already serves.
    /// @dev Reverts as `deposit` does, and with TokenRequired for the native currency. Without an allowance it reverts
    /// with what the token says to `transferFrom`.
    function depositWithPermit(Channel calldata channel, uint256 amount, uint256 deadline, bytes calldata signature)
        external;

    /// @notice Opens a channel or tops it up with the payer's money, on the payer's EIP-3009 authorization
    /// (`receiveWithAuthorization` to this contract). Relayed by anyone: the authorization's nonce must be
    /// `keccak256(abi.encode(channelId, salt))`, so the money can reach no other channel, and it is good once.
    /// @param channel The channel, which need not be open yet.
    /// @param amount What to pay in, in atomic units.
    /// @param validAfter The authorization is good after this time (Unix seconds).
    /// @param validBefore And before this one.
    /// @param salt Any value that this payer has not used for this channel before.
    /// @param signature ECDSA (65 bytes or ERC-2098), or what the payer's contract account asks for, as far as the
    /// token supports ERC-1271.
    /// @dev Reverts as `deposit` does, and with TokenRequired for the native currency.
    function depositWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external;

    /// @notice Opens a channel or tops it up with the payer's money, on the payer's signature of a Permit2
    /// `PermitWitnessTransferFrom` of exactly `amount` with this contract as spender. Relayed by anyone: the witness is
    /// `DepositWitness(bytes32 channelId)`, so the money can reach no other channel, and the nonce is good once. The
    /// payer has approved Permit2 before, or in the same transaction by an EIP-2612 permit for Permit2.
    /// @param channel The channel, which need not be open yet.
    /// @param amount What to pay in, in atomic units.
    /// @param nonce Any of Permit2's unordered nonces that the payer has not used before.
    /// @param deadline The signature's deadline (Unix seconds).
    /// @param signature ECDSA (65 bytes or ERC-2098), or ERC-1271 for a payer with code.
    /// @dev Reverts as `deposit` does, with TokenRequired for the native currency, with what Permit2 reverts with, and
    /// without a reason on a chain that has no Permit2.
    function depositWithPermit2(
        Channel calldata channel,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    // ── Paying the payee ───────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Takes what payers have acknowledged in any number of channels of one payee and pays the sum in one
    /// transfer: of each row `min(earned, deposit) − settled`. Callable by anyone at any time before the channel is
    /// closed. A row that cannot be paid is skipped, with an event, and never changes what the others get.
    /// @param terms What all the channels have in common: payee, payeeSigner, token, both delays.
    /// @param rows One channel each: the rest of its identity, a state, the signature of it.
    /// @return paid The sum that went to the payee.
    /// @return outcomes What became of each row, in order.
    /// @dev Never reverts because of what a row says. A payout that fails is held for `withdraw`.
    function claim(ChannelTerms calldata terms, ClaimRow[] calldata rows)
        external
        returns (uint256 paid, RowOutcome[] memory outcomes);

    // ── Giving back, ending in peace ───────────────────────────────────────────────────────────────────────────────

    /// @notice Returns unspent money to the payer on the payeeSigner's signature of
    /// `Refund(channelId, refundNonce, amount, deadline)`. Callable by anyone, while Open or Exiting.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @param refundNonce The number of refunds made before: each refund is made once, and in order.
    /// @param amount What goes back, in atomic units; at most what the channel still holds.
    /// @param deadline The last second in which it is good (Unix seconds).
    /// @param payeeSignature The payeeSigner's.
    /// @dev Reverts with WrongStatus, Expired, ZeroAmount, WrongRefundNonce, RefundTooLarge, InvalidSignature,
    /// RefundNoncesExhausted.
    function refund(
        Channel calldata channel,
        uint32 refundNonce,
        uint96 amount,
        uint40 deadline,
        bytes calldata payeeSignature
    ) external;

    /// @notice Ends the channel at once on both signers' signatures of `CooperativeClose(channelId, paid, deadline)`.
    /// Callable by anyone, at any time before the channel is closed.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @param paid What the payee gets over the channel's whole life, what it has already taken included; a claim of no
    /// more that comes in between therefore changes nothing, and one of more makes it revert. The rest goes to the payer.
    /// @param deadline The last second in which it is good (Unix seconds).
    /// @param payerSignature The payerSigner's.
    /// @param payeeSignature The payeeSigner's, of the same message.
    /// @dev Reverts with WrongStatus, Expired, PaidOutOfRange, InvalidSignature.
    function closeCooperative(
        Channel calldata channel,
        uint96 paid,
        uint40 deadline,
        bytes calldata payerSignature,
        bytes calldata payeeSignature
    ) external;

    /// @notice Starts the payer's exit. Callable by payer and payerSigner, while Open. Final: there is no cancelling,
    /// and asking again reverts, so the lock can only get shorter.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @dev Reverts with NotPayer, WrongStatus.
    function requestExit(Channel calldata channel) external;

    /// @notice The same, relayed by anyone, on a signature of `RequestExit(channelId, deadline)` by the payer (ECDSA or
    /// ERC-1271) or the payerSigner (ECDSA).
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @param deadline The last second in which it is good (Unix seconds).
    /// @param signature As said above.
    /// @dev Reverts with Expired, InvalidSignature, WrongStatus.
    function requestExitWithSignature(Channel calldata channel, uint40 deadline, bytes calldata signature) external;

    /// @notice Ends an exiting channel from `exitAt` on; what is left goes to the payer. Callable by anyone.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @dev Reverts with WrongStatus, ExitNotDue.
    function exit(Channel calldata channel) external;

    // ── Ending in dispute ──────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Closes the channel for the payee, who need not wait for the payer: `amount` is what the payee is to have
    /// got over the channel's whole life. Callable by payee and payeeSigner, while Open or Exiting and before the exit
    /// is due. Asking for no more than was acknowledged (or already taken) ends the channel at once. Asking for more
    /// starts the challenge period; it cannot be started again, so nobody is locked in for longer.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @param state Any state that the payerSigner has signed; the one with the highest `owed + credited` leaves an
    /// honest payee nothing to fear.
    /// @param amount `max(earned, settled) <= amount <= owed`; paid as far as the deposit covers it.
    /// @param payerSignature The payerSigner's, of the state.
    /// @dev Reverts with NotPayee, WrongStatus, ExitDue, CloseAmountOutOfRange, InvalidSignature.
    function startClose(Channel calldata channel, State calldata state, uint96 amount, bytes calldata payerSignature)
        external;

    /// @notice Proves that a close asks for money that the payee had already given back: by a receipt of the payeeSigner
    /// with more credited than the close leaves room for. All that is left in escrow goes to the payer. Callable by
    /// anyone who holds such a receipt, before the deadline of the close.
    /// @param channel The channel, being closed.
    /// @param receipt Any receipt of this channel.
    /// @param payeeSignature The payeeSigner's, of the receipt.
    /// @dev Reverts with WrongStatus, ChallengePeriodOver, NoFraud, InvalidSignature.
    function challenge(Channel calldata channel, Receipt calldata receipt, bytes calldata payeeSignature) external;

    /// @notice Ends a close that nobody challenged: pays the payee `min(amount, deposit)` over the whole life of the
    /// channel, or what it has taken if that is more, and the payer the rest. Callable by anyone from the deadline on.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @dev Reverts with WrongStatus, ChallengePeriodNotOver.
    function finalizeClose(Channel calldata channel) external;

    // ── Everything else ────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Makes several calls of this contract as the caller, all or none: the first that fails reverts them all
    /// with its reason. Takes no native currency, so no call in it can deposit any. Callable by anyone.
    /// @param calls The calls, ABI-encoded, in order.
    /// @return results What each call returned, ABI-encoded.
    function multicall(bytes[] calldata calls) external returns (bytes[] memory results);

    /// @notice Delivers to `owner` all that is held for it in `token` (zero: native). Callable by anyone.
    /// @param token The ERC-20 token, or zero for the native currency.
    /// @param owner Whose money is held.
    /// @dev Passes on all the gas that it is given. Reverts with NothingToWithdraw; with UndeliverablePayout if the owner
    /// still cannot receive; with InsufficientGas if that may be because it was given too little.
    function withdraw(address token, address owner) external;

    /// @notice What is held for `owner` in `token` because a payout could not be delivered.
    /// @param token The ERC-20 token, or zero for the native currency.
    /// @param owner Whose money is asked about.
    /// @return What is held, in atomic units.
    function pendingWithdrawal(address token, address owner) external view returns (uint256);

    /// @notice The channel's id: its EIP-712 typed-data hash on this chain and contract.
    /// @param channel The whole identity of the channel, of which the contract stores nothing but the hash.
    /// @return The id.
    function channelId(Channel calldata channel) external view returns (bytes32);

    /// @notice What is stored of a channel; all zero (status None) if there never was one.
    /// @param id A channel id.
    /// @return Its deposit, what was settled, when the exit is due, the next refund nonce, its status.
    function channelState(bytes32 id) external view returns (ChannelState memory);

    /// @notice The same for many channels, in order.
    /// @param ids Channel ids.
    /// @return One for each id.
    function channelStates(bytes32[] calldata ids) external view returns (ChannelState[] memory);

    /// @notice The closes under way of many channels, in order; all zero for a channel that is not Closing.
    /// @param ids Channel ids.
    /// @return One for each id.
    function pendingCloses(bytes32[] calldata ids) external view returns (PendingClose[] memory);
}
