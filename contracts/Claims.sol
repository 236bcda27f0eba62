// SPDX-License-Identifier: MIT
// Paying the payee: what payers have acknowledged, in batches in which no row can spoil another.
pragma solidity 0.8.37;

import {ChannelStorage} from "./ChannelStorage.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {ChannelTerms, ClaimRow, RowOutcome, State} from "./types/Channel.sol";
import {ChannelRecord, ChannelSlot} from "./types/ChannelSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title Claims
abstract contract Claims is ChannelStorage {
    /// @inheritdoc IStateChannels
    function claim(ChannelTerms calldata terms, ClaimRow[] calldata rows)
        external
        nonReentrant
        returns (uint256 paid, RowOutcome[] memory outcomes)
    {
        bytes32 domain = TypedData.domainSeparator();
        outcomes = new RowOutcome[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            (RowOutcome outcome, uint256 amount) = _claimRow(domain, terms, rows[i]);
            if (outcome == RowOutcome.Paid) {
                // A sum of deposits, of which 2^160 would be needed for an overflow.
                unchecked {
                    paid += amount;
                }
            } else {
                outcomes[i] = outcome;
            }
        }
        _payOut(terms.token, terms.payee, paid);
    }

    /// @dev Settles one row without moving money. Never reverts, whatever bits the row consists of.
    function _claimRow(bytes32 domain, ChannelTerms calldata terms, ClaimRow calldata row)
        private
        returns (RowOutcome outcome, uint256 amount)
    {
        bytes32 id = TypedData.channelId(domain, terms, row);
        ChannelRecord storage record = _records[id];
        ChannelSlot slot = record.slot;
        if (!slot.isLive()) return _skip(id, RowOutcome.NotLive);
        (bool valid, uint96 earned) = _readEarned(row.state);
        if (!valid) return _skip(id, RowOutcome.InvalidState);
        uint96 target = earned < slot.deposited() ? earned : slot.deposited();
        if (target <= slot.settled()) return _skip(id, RowOutcome.NothingNew);
        // Reading an address with dirty high bits would revert; a live channel's id is that of clean ones.
        address signer = row.payerSigner;
        if (Signatures.recover(TypedData.stateDigest(domain, id, row.state), row.r, row.vs) != signer) {
            return _skip(id, RowOutcome.InvalidSignature);
        }

        unchecked {
            amount = target - slot.settled(); // compared above
        }
        record.slot = slot.withSettled(target);
        emit Claimed(id, amount, target);
    }

    function _skip(bytes32 id, RowOutcome reason) private returns (RowOutcome, uint256) {
        emit ClaimSkipped(id, reason);
        return (reason, 0);
    }

    /// @dev What a state acknowledges, and whether it is one: every number within its type and `earned <= owed`. Read
    /// from the bare words, because Solidity's own reading reverts, and with it the whole batch, on one out of range.
    function _readEarned(State calldata state) private pure returns (bool valid, uint96 earned) {
        uint256 nonce;
        uint256 owed;
        uint256 acknowledged;
        uint256 credited;
        assembly ("memory-safe") {
            nonce := calldataload(state)
            owed := calldataload(add(state, 0x20))
            acknowledged := calldataload(add(state, 0x40))
            credited := calldataload(add(state, 0x60))
        }
        valid = (nonce >> 64) | ((owed | credited) >> 96) == 0 && acknowledged <= owed;
        earned = uint96(acknowledged);
    }
}
