// SPDX-License-Identifier: MIT
// What payers, payees, relayers and watchers can do with state channels, and what they are told.
pragma solidity 0.8.37;

import {Channel, ChannelState, ChannelTerms, ClaimRow, Ending, RowOutcome, Status} from "../types/Channel.sol";

/// @title x402 state channels
/// @notice Money locked once pays for thousands of requests: the payer signs running totals off chain, the payee takes
/// what was acknowledged in batches, the payer gets back the rest.
///
/// Life of a channel, and who moves it:
///
///     None ──deposit──▶ Open ──requestExit──▶ Exiting ──exit, from exitAt on──▶ Closed
///                        └───────closeCooperative──┴──────────────────────────────▲
///
/// - Anyone may pay in, and relay any message below: each says in a signature what it does and for which channel.
/// - `claim` pays the payee only, `refund` and `exit` the payer only, `closeCooperative` each its share.
/// - The payer alone can start an exit; nobody can stop or postpone it.
/// - Closed is for ever: no signature and no deposit brings a channel back.
///
/// There is no owner, no fee and no upgrade. Amounts are atomic units of the token, at most 2^96 − 1. Tokens that take
/// a fee on transfer are refused; balances of rebasing tokens are not tracked, so they must not be used.
interface IStateChannels {
    /// @notice A channel came to life. Carries the whole identity, which the contract does not store.
    event Opened(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        Channel channel,
        uint256 amount,
        address funder
    );

    /// @notice More money was paid in. `deposit` is the new total.
    event ToppedUp(bytes32 indexed channelId, uint256 amount, uint256 deposit, address funder);

    /// @notice The payee took `amount`; `settled` is all it has taken.
    event Claimed(bytes32 indexed channelId, uint256 amount, uint256 settled);

    /// @notice A row of a claim was left out; the other rows were not affected.
    event ClaimSkipped(bytes32 indexed channelId, RowOutcome reason);

    /// @notice The payee gave `amount` back to the payer out of the escrow; `deposit` is the new total.
    event Refunded(bytes32 indexed channelId, uint256 refundNonce, uint256 amount, uint256 deposit);

    /// @notice The payer may leave from `exitAt` (Unix seconds) on.
    event ExitRequested(bytes32 indexed channelId, uint256 exitAt);

    /// @notice The channel ended. In its whole life it paid `paid` to the payee; `returned` goes back to the payer now.
    event Closed(bytes32 indexed channelId, Ending ending, uint256 paid, uint256 returned);

    /// @notice A payout could not be delivered and waits for `withdraw`.
    event PayoutHeld(address indexed token, address indexed owner, uint256 amount);

    /// @notice A payout that had been held was delivered to its owner.
    event Withdrawn(address indexed token, address indexed owner, uint256 amount);

    /// @notice The call came from within another call of this contract.
    error Reentrancy();
    /// @notice A deposit or refund of nothing.
    error ZeroAmount();
    /// @notice The channel's total would pass 2^96 − 1.
    error AmountTooLarge(uint256 total);
    /// @notice Native currency sent does not match the deposit (none may be sent with a token).
    error WrongValue(uint256 expected, uint256 sent);
    /// @notice The native currency has no authorizations.
    error TokenRequired();
    /// @notice Payer or payee is zero or this contract itself.
    error InvalidParty(address party);
    /// @notice A signer is zero, or both are the same key.
    error InvalidSigners(address payerSigner, address payeeSigner);
    /// @notice The exit delay is not within 1 to 30 days.
    error ExitDelayOutOfBounds(uint256 exitDelay);
    /// @notice The challenge period is not within 1 hour to 7 days.
    error ChallengePeriodOutOfBounds(uint256 challengePeriod);
    /// @notice The channel's status does not allow this call.
    error WrongStatus(bytes32 channelId, Status status);
    /// @notice The message was not signed by who had to sign it.
    error InvalidSignature(address signer);
    /// @notice The message's deadline has passed.
    error Expired(uint256 deadline);
    /// @notice Refunds are made in order of their nonces: a used one cannot be used again.
    error WrongRefundNonce(uint256 expected, uint256 given);
    /// @notice More is asked than the channel holds.
    error RefundTooLarge(uint256 available, uint256 asked);
    /// @notice The final total must be between what the payee has taken and the deposit.
    error PaidOutOfRange(uint256 settled, uint256 deposit, uint256 paid);
    /// @notice Only payer and payerSigner may do this without a signature.
    error NotPayer(address caller);
    /// @notice The exit is not due before `exitAt` (Unix seconds).
    error ExitNotDue(uint256 exitAt);
    /// @notice Nothing is held for this owner.
    error NothingToWithdraw();
    /// @notice The owner still cannot receive: nothing was changed.
    error UndeliverablePayout(address token, address owner);

    /// @notice Opens a channel or tops it up with the caller's money: `amount` of a token that the caller has approved,
    /// or of the native currency sent along. Anyone may fund any channel that is not closed or closing.
    function deposit(Channel calldata channel, uint256 amount) external payable;

    /// @notice Opens a channel or tops it up with the payer's money, on the payer's EIP-3009 authorization
    /// (`receiveWithAuthorization` to this contract). Relayed by anyone: the authorization's nonce must be
    /// `keccak256(abi.encode(channelId, salt))`, so the money can reach no other channel.
    /// @param salt Any value that this payer has not used for this channel before.
    /// @param signature ECDSA (65 bytes or ERC-2098), or what the payer's contract account asks for, as far as the
    /// token supports ERC-1271.
    function depositWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external;

    /// @notice Takes what payers have acknowledged in any number of channels of one payee and pays the sum in one
    /// transfer: of each row `min(earned, deposit) − settled`. Callable by anyone at any time before the channel is
    /// closed. A row that cannot be paid is skipped and never changes what the others get.
    /// @return paid The sum that went to the payee.
    /// @return outcomes What became of each row, in order.
    function claim(ChannelTerms calldata terms, ClaimRow[] calldata rows)
        external
        returns (uint256 paid, RowOutcome[] memory outcomes);

    /// @notice Returns unspent money to the payer on the payeeSigner's signature of
    /// `Refund(channelId, refundNonce, amount, deadline)`. Open or Exiting only.
    /// @param refundNonce The number of refunds made before.
    function refund(
        Channel calldata channel,
        uint32 refundNonce,
        uint96 amount,
        uint40 deadline,
        bytes calldata payeeSignature
    ) external;

    /// @notice Ends the channel at once on both signers' signatures of `CooperativeClose(channelId, paid, deadline)`.
    /// @param paid What the payee gets over the channel's whole life, what it has already taken included; a claim that
    /// comes in between therefore changes nothing. The rest goes to the payer.
    function closeCooperative(
        Channel calldata channel,
        uint96 paid,
        uint40 deadline,
        bytes calldata payerSignature,
        bytes calldata payeeSignature
    ) external;

    /// @notice Starts the payer's exit. Callable by payer and payerSigner. Final: there is no cancelling, and asking
    /// again reverts, so the lock can only get shorter.
    function requestExit(Channel calldata channel) external;

    /// @notice The same, relayed by anyone, on a signature of `RequestExit(channelId, deadline)` by the payer (ECDSA or
    /// ERC-1271) or the payerSigner (ECDSA).
    function requestExitWithSignature(Channel calldata channel, uint40 deadline, bytes calldata signature) external;

    /// @notice Ends an exiting channel from `exitAt` on; what is left goes to the payer. Callable by anyone.
    function exit(Channel calldata channel) external;

    /// @notice Delivers to `owner` all that is held for it in `token` (zero: native). Callable by anyone.
    function withdraw(address token, address owner) external;

    /// @notice What is held for `owner` in `token` because a payout could not be delivered.
    function pendingWithdrawal(address token, address owner) external view returns (uint256);

    /// @notice The channel's id: its EIP-712 typed-data hash on this chain and contract.
    function channelId(Channel calldata channel) external view returns (bytes32);

    /// @notice What is stored of a channel; all zero (status None) if there never was one.
    function channelState(bytes32 id) external view returns (ChannelState memory);

    /// @notice The same for many channels, in order.
    function channelStates(bytes32[] calldata ids) external view returns (ChannelState[] memory);
}
