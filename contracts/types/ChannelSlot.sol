// SPDX-License-Identifier: MIT
// The one storage slot that a channel costs, as a value with named operations, and the record it is part of.
pragma solidity 0.8.37;

import {ChannelState, Status} from "./Channel.sol";
import {CloseSlot} from "./CloseSlot.sol";

/// @notice Where a channel is stored. The second slot is written by a close that can be challenged, and cleared by its
/// end: no other function touches it.
struct ChannelRecord {
    ChannelSlot slot;
    CloseSlot close;
}

/// @notice Everything that is stored of a channel, but for a pending close. From the lowest bit:
///
///     | 96 deposit | 96 settled | 40 exitAt | 20 refundNonce | 4 status |
///
/// - `deposit`: all paid in, less all refunded. A refund lowers it, so `settled <= deposit` says at all times that no
///   more leaves than came in, and `deposit - settled` is what the contract still holds for this channel.
/// - `settled`: all that the payee has taken; never falls.
/// - `exitAt`: set once, never moved.
/// - `refundNonce`: how many refunds were made, which is the nonce that the next one must carry.
/// - a closed channel keeps its totals for readers; nothing is held for it any more.
///
/// The `with…` functions return a changed copy; their arguments must fit the field's width, which their types ensure.
type ChannelSlot is uint256;

using {
    deposited,
    settled,
    exitAt,
    refundNonce,
    status,
    held,
    isIn,
    isLive,
    isTrading,
    acceptsDeposits,
    withDeposit,
    withSettled,
    withMoreSettled,
    withExit,
    withNextRefund,
    withStatus,
    unpack
} for ChannelSlot global;

uint256 constant AMOUNT_MASK = type(uint96).max;
uint256 constant TIME_MASK = type(uint40).max;
uint256 constant REFUND_NONCE_MASK = (1 << 20) - 1;

uint256 constant SETTLED_SHIFT = 96;
uint256 constant EXIT_AT_SHIFT = 192;
uint256 constant REFUND_NONCE_SHIFT = 232;
uint256 constant STATUS_SHIFT = 252;

/// @notice The 2^20 − 1 refunds that a channel has room for are used up.
error RefundNoncesExhausted();

/// @notice All paid in, less all refunded, in atomic units.
function deposited(ChannelSlot slot) pure returns (uint96) {
    return uint96(ChannelSlot.unwrap(slot));
}

/// @notice All that the payee has taken, in atomic units.
function settled(ChannelSlot slot) pure returns (uint96) {
    return uint96(ChannelSlot.unwrap(slot) >> SETTLED_SHIFT);
}

/// @notice When the payer may leave (Unix seconds); 0 unless an exit was requested.
function exitAt(ChannelSlot slot) pure returns (uint40) {
    return uint40(ChannelSlot.unwrap(slot) >> EXIT_AT_SHIFT);
}

/// @notice The nonce that the next refund must carry.
function refundNonce(ChannelSlot slot) pure returns (uint32) {
    return uint32((ChannelSlot.unwrap(slot) >> REFUND_NONCE_SHIFT) & REFUND_NONCE_MASK);
}

/// @notice Where the channel is in its life.
function status(ChannelSlot slot) pure returns (Status) {
    return Status(ChannelSlot.unwrap(slot) >> STATUS_SHIFT);
}

/// @notice What is still in escrow for a live channel.
function held(ChannelSlot slot) pure returns (uint96) {
    return slot.deposited() - slot.settled();
}

/// @notice Whether the channel has this status. Cheaper than comparing with `status`, which checks its own range.
function isIn(ChannelSlot slot, Status expected) pure returns (bool) {
    return ChannelSlot.unwrap(slot) >> STATUS_SHIFT == uint256(expected);
}

/// @notice Whether money can still leave the channel: Open, Exiting or Closing.
function isLive(ChannelSlot slot) pure returns (bool) {
    // None comes out highest of all, so that one comparison excludes both ends.
    unchecked {
        return ChannelSlot.unwrap(slot) - (1 << STATUS_SHIFT) < (uint256(Status.Closed) - 1) << STATUS_SHIFT;
    }
}

/// @notice Whether payments can go on: Open or Exiting, not yet being closed by the payee.
function isTrading(ChannelSlot slot) pure returns (bool) {
    return slot.isIn(Status.Open) || slot.isIn(Status.Exiting);
}

/// @notice Whether money may still be paid in: not yet opened, Open or Exiting.
function acceptsDeposits(ChannelSlot slot) pure returns (bool) {
    return slot.isIn(Status.None) || slot.isTrading();
}

/// @notice With another deposit, in atomic units.
function withDeposit(ChannelSlot slot, uint96 amount) pure returns (ChannelSlot) {
    return ChannelSlot.wrap((ChannelSlot.unwrap(slot) & ~AMOUNT_MASK) | amount);
}

/// @notice With another total taken by the payee, in atomic units.
function withSettled(ChannelSlot slot, uint96 amount) pure returns (ChannelSlot) {
    uint256 cleared = ChannelSlot.unwrap(slot) & ~(AMOUNT_MASK << SETTLED_SHIFT);
    return ChannelSlot.wrap(cleared | (uint256(amount) << SETTLED_SHIFT));
}

/// @notice Adds `amount` to what the payee has taken; the new total is at most the deposit, which the caller has checked.
function withMoreSettled(ChannelSlot slot, uint256 amount) pure returns (ChannelSlot) {
    unchecked {
        return ChannelSlot.wrap(ChannelSlot.unwrap(slot) + (amount << SETTLED_SHIFT));
    }
}

/// @notice The channel on its way out, to be left from `time` (Unix seconds) on.
function withExit(ChannelSlot slot, uint40 time) pure returns (ChannelSlot) {
    uint256 cleared = ChannelSlot.unwrap(slot) & ~(TIME_MASK << EXIT_AT_SHIFT);
    return ChannelSlot.wrap(cleared | (uint256(time) << EXIT_AT_SHIFT)).withStatus(Status.Exiting);
}

/// @notice Counts one more refund.
function withNextRefund(ChannelSlot slot) pure returns (ChannelSlot) {
    if (slot.refundNonce() == REFUND_NONCE_MASK) revert RefundNoncesExhausted();
    return ChannelSlot.wrap(ChannelSlot.unwrap(slot) + (1 << REFUND_NONCE_SHIFT));
}

/// @notice At another point of its life.
function withStatus(ChannelSlot slot, Status next) pure returns (ChannelSlot) {
    uint256 cleared = (ChannelSlot.unwrap(slot) << 4) >> 4;
    return ChannelSlot.wrap(cleared | (uint256(next) << STATUS_SHIFT));
}

/// @notice Every field, for readers.
function unpack(ChannelSlot slot) pure returns (ChannelState memory) {
    return ChannelState({
        deposit: slot.deposited(),
        settled: slot.settled(),
        exitAt: slot.exitAt(),
        refundNonce: slot.refundNonce(),
        status: slot.status()
    });
}
