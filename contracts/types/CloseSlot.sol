// SPDX-License-Identifier: MIT
// The one storage slot that a close under way costs, as a value with named operations.
pragma solidity 0.8.37;

import {PendingClose} from "./Channel.sol";

/// @notice A PendingClose as it is stored. From the lowest bit:
///
///     | 96 amount | 96 headroom | 40 deadline | 24 unused |
///
/// Packed by hand, because a struct of three fields is written field by field. Zero while no close is under way.
type CloseSlot is uint256;

using {unpack} for CloseSlot global;

uint256 constant HEADROOM_SHIFT = 96;
uint256 constant DEADLINE_SHIFT = 192;

/// @notice Packs a close: both amounts in atomic units, the deadline in Unix seconds.
function packClose(uint96 amount, uint96 headroom, uint40 deadline) pure returns (CloseSlot) {
    return CloseSlot.wrap(
        uint256(amount) | (uint256(headroom) << HEADROOM_SHIFT) | (uint256(deadline) << DEADLINE_SHIFT)
    );
}

/// @notice Every field, for rules and readers.
function unpack(CloseSlot slot) pure returns (PendingClose memory) {
    uint256 bits = CloseSlot.unwrap(slot);
    return PendingClose({
        amount: uint96(bits), headroom: uint96(bits >> HEADROOM_SHIFT), deadline: uint40(bits >> DEADLINE_SHIFT)
    });
}
