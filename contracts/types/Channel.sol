// SPDX-License-Identifier: MIT
// The nouns of the protocol: who is in a channel, what its payer signs, and what a claim carries.
pragma solidity 0.8.37;

/// @notice The whole identity of a channel. It is never stored: it travels in calldata, and its EIP-712 hash is the
/// channel id, so a signature for a channel is good on one chain, in one contract, under these exact terms.
struct Channel {
    /// Who gets back what is not spent. An account of any kind, contracts included.
    address payer;
    /// The key that signs states, cooperative closes and exits for the payer. A plain key (ECDSA).
    address payerSigner;
    /// Who is paid.
    address payee;
    /// The key that signs receipts, refunds and cooperative closes for the payee. A plain key (ECDSA).
    address payeeSigner;
    /// The ERC-20 token of the channel, or zero for the chain's native currency.
    address token;
    /// Seconds between the payer's request to exit and the exit itself.
    uint32 exitDelay;
    /// Seconds during which a close by the payee can be challenged.
    uint32 challengePeriod;
    /// Makes channels between the same parties distinct.
    bytes32 salt;
}

/// @notice The part of a channel's identity that all channels of one payee share, sent once for a whole batch.
struct ChannelTerms {
    /// Who is paid.
    address payee;
    /// The key that signs for the payee.
    address payeeSigner;
    /// The ERC-20 token, or zero for the native currency.
    address token;
    /// Seconds between the request to exit and the exit.
    uint32 exitDelay;
    /// Seconds during which a close can be challenged.
    uint32 challengePeriod;
}

/// @notice The totals that a payer signs, in atomic units of the channel's token. Each only ever rises, except `owed`,
/// which falls by what the payee has credited.
struct State {
    /// Names the one payment that this state was signed for. The contract reads totals, never the order of nonces.
    uint64 nonce;
    /// The most that the payee may take in all: everything delivered plus everything in flight at its full price.
    uint96 owed;
    /// The part of `owed` that the payer acknowledges as final.
    uint96 earned;
    /// All that was ever authorised and released again by the payee.
    uint96 credited;
}

/// @notice What the payee's server signs for one payment: the proof of what it took and of all that it gave back.
struct Receipt {
    /// The payment that the receipt is for: the nonce of the state that paid.
    uint64 nonce;
    /// The price taken for this payment; 0 if it was not charged.
    uint96 charged;
    /// All that was ever authorised and released again by the payee, this payment's release included. Only rises.
    uint96 credited;
    /// Hash of what was bought (method, URL, body digest, status). The contract does not interpret it.
    bytes32 ref;
}

/// @notice One channel in a batch of claims: the rest of its identity, a state, and the payerSigner's signature of it in
/// the compact form of ERC-2098 (`vs` holds the parity in its highest bit).
struct ClaimRow {
    /// Who gets back what is not spent.
    address payer;
    /// The key that signed the state.
    address payerSigner;
    /// What makes this channel distinct.
    bytes32 salt;
    /// What is acknowledged.
    State state;
    /// The signature's r.
    bytes32 r;
    /// The signature's s, with the parity of R in the highest bit.
    bytes32 vs;
}

/// @notice Where a channel is in its life. None -> Open -> (Exiting) -> (Closing) -> Closed. Closed is for ever.
enum Status {
    /// Never opened.
    None,
    /// Paid in, trading.
    Open,
    /// The payer has asked to leave; trading goes on until the exit.
    Exiting,
    /// The payee has asked for more than was acknowledged, and can be challenged.
    Closing,
    /// Over, for ever.
    Closed
}

/// @notice What became of one row of a claim.
enum RowOutcome {
    /// The row was paid.
    Paid,
    /// The channel was never opened or is closed.
    NotLive,
    /// The state acknowledges more than it owes, or a number of it does not fit its type.
    InvalidState,
    /// All that this state acknowledges, as far as the deposit covers it, was taken before.
    NothingNew,
    /// The state was not signed by this channel's payerSigner.
    InvalidSignature
}

/// @notice How a channel ended.
enum Ending {
    /// Both signers agreed on the payee's total.
    Cooperative,
    /// The payer left after the exit delay.
    Exit,
    /// The payee closed at what the payer had acknowledged as final.
    Acknowledged,
    /// The payee closed above that, and nobody challenged it in time.
    Finalized,
    /// The payee was proven to take what it had given back: all that was left went to the payer.
    Challenged
}

/// @notice A close by the payee that can still be challenged. All zero if there is none.
struct PendingClose {
    /// What the payee asks for over the channel's whole life, what it has already taken included.
    uint96 amount;
    /// The most that the payee may ever have credited if `amount` is honest: `owed − amount + credited` of the state
    /// that it showed, at most 2^96 − 1. A receipt of its own with a higher total proves the fraud.
    uint96 headroom;
    /// Until when (Unix seconds, exclusive) it can be challenged; from then on it can be finalized.
    uint40 deadline;
}

/// @notice What the contract remembers of a channel, unpacked for readers.
struct ChannelState {
    /// All that was paid in, less what was refunded.
    uint96 deposit;
    /// All that the payee has taken so far.
    uint96 settled;
    /// When the payer may leave (Unix seconds); 0 unless an exit was requested.
    uint40 exitAt;
    /// The nonce that the next refund must carry.
    uint32 refundNonce;
    /// Where the channel is in its life.
    Status status;
}
