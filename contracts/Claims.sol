// SPDX-License-Identifier: MIT
// Paying the payee: what payers have acknowledged, in batches in which no row can spoil another.
pragma solidity 0.8.37;

import {ChannelStorage} from "./ChannelStorage.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {ChannelTerms, ClaimRow, RowOutcome, State} from "./types/Channel.sol";
import {ClaimHashes, claimHashes} from "./types/ClaimHashes.sol";
import {ChannelRecord, ChannelSlot} from "./types/ChannelSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title Claims
abstract contract Claims is ChannelStorage {
    /// @inheritdoc IStateChannels
    function claim(ChannelTerms calldata terms, ClaimRow[] calldata rows)
        external
        nonReentrantUntilEndCall
        returns (uint256 paid, RowOutcome[] memory outcomes)
    {
        ClaimHashes hashes = claimHashes(TypedData.domainSeparator(), terms);
        outcomes = new RowOutcome[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            // A sum of deposits, of which 2^160 would be needed for an overflow.
            unchecked {
                paid += _claimRow(hashes, rows[i], outcomes, i);
            }
        }
        _payOut(terms.token, terms.payee, paid);
        _answer(paid, outcomes);
    }

    /// @dev Settles one row without moving money. Never reverts, whatever bits the row consists of.
    /// @return amount What the row adds to the payout; 0 if it was skipped, and then `outcomes[index]` says why.
    function _claimRow(ClaimHashes hashes, ClaimRow calldata row, RowOutcome[] memory outcomes, uint256 index)
        private
        returns (uint256 amount)
    {
        bytes32 id = hashes.channelId(row);
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isLive()) return _skip(id, RowOutcome.NotLive, outcomes, index);
        (bool valid, uint256 target) = _readEarned(row.state);
        if (!valid) return _skip(id, RowOutcome.InvalidState, outcomes, index);
        if (target > slot.deposited()) target = slot.deposited();
        if (target <= slot.settled()) return _skip(id, RowOutcome.NothingNew, outcomes, index);
        if (!hashes.isSigned(id, row)) return _skip(id, RowOutcome.InvalidSignature, outcomes, index);

        unchecked {
            amount = target - slot.settled(); // compared above
        }
        record.slot = slot.withMoreSettled(amount);
        emit Claimed(id, amount, target);
    }

    function _skip(bytes32 id, RowOutcome reason, RowOutcome[] memory outcomes, uint256 index)
        private
        returns (uint256)
    {
        outcomes[index] = reason;
        emit ClaimSkipped(id, reason);
        return 0;
    }

    /// @dev Ends the call with what `claim` returns, as it lies in memory. Solidity would copy the outcomes and check each,
    /// for 150 gas a row. The two words before `outcomes` are the end of ClaimHashes, which nobody reads any more.
    function _answer(uint256 paid, RowOutcome[] memory outcomes) private {
        _endCall();
        assembly ("memory-safe") {
            let start := sub(outcomes, 0x40)
            mstore(start, paid)
            mstore(add(start, 0x20), 0x40) // where the array starts, counted from here
            return(start, add(0x60, shl(5, mload(outcomes))))
        }
    }

    /// @dev What a state acknowledges, and whether it is one: every number within its type and `earned <= owed`. Read
    /// from the bare words, because Solidity's own reading reverts, and with it the whole batch, on one out of range.
    function _readEarned(State calldata state) private pure returns (bool valid, uint256 earned) {
        uint256 faults;
        assembly ("memory-safe") {
            let owed := calldataload(add(state, 0x20))
            earned := calldataload(add(state, 0x40))
            let credited := calldataload(add(state, 0x60))
            faults := or(or(shr(64, calldataload(state)), shr(96, or(owed, credited))), gt(earned, owed))
        }
        valid = faults == 0;
    }
}
