// SPDX-License-Identifier: MIT
// What is remembered of channels, how it is read, and the steps that several rules take.
pragma solidity 0.8.37;

import {Payouts} from "./Payouts.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Channel, ChannelState, Ending, PendingClose, Status} from "./types/Channel.sol";
import {ChannelRecord, ChannelSlot} from "./types/ChannelSlot.sol";
import {CloseSlot} from "./types/CloseSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title The records of all channels
abstract contract ChannelStorage is Payouts {
    // ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStateChannels
    function channelId(Channel calldata channel) external view returns (bytes32) {
        return _channelId(channel);
    }

    /// @inheritdoc IStateChannels
    function channelState(bytes32 id) external view returns (ChannelState memory) {
        return _record(id).slot.unpack();
    }

    /// @inheritdoc IStateChannels
    function channelStates(bytes32[] calldata ids) external view returns (ChannelState[] memory states) {
        states = new ChannelState[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) {
            states[i] = _record(ids[i]).slot.unpack();
        }
    }

    /// @inheritdoc IStateChannels
    function pendingCloses(bytes32[] calldata ids) external view returns (PendingClose[] memory closes) {
        closes = new PendingClose[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) {
            closes[i] = _record(ids[i]).close.unpack();
        }
    }

    // ── Steps that several of the rules take ───────────────────────────────────────────────────────────────────────

    /// @dev A channel's record stands at its id: an id is a hash already, of 66 bytes, while Solidity places what it maps
    /// at hashes of 64. Hashing it again, as a mapping does, would cost every call and every row of a batch 65 gas.
    function _record(bytes32 id) internal pure returns (ChannelRecord storage record) {
        assembly ("memory-safe") {
            record.slot := id
        }
    }

    function _channelId(Channel calldata channel) internal view returns (bytes32) {
        return TypedData.channelId(TypedData.domainSeparator(), channel);
    }

    /// @dev Closes the channel for ever with `paid` as the payee's total, and pays both what is due to them.
    function _end(
        bytes32 id,
        ChannelRecord storage record,
        ChannelSlot slot,
        Channel calldata channel,
        Ending ending,
        uint96 paid
    ) internal {
        uint256 toPayee = paid - slot.settled();
        uint256 toPayer = slot.deposited() - paid;
        if (slot.isIn(Status.Closing)) record.close = CloseSlot.wrap(0);
        record.slot = slot.withSettled(paid).withStatus(Status.Closed);
        emit Closed(id, ending, paid, toPayer);
        _payOut(channel.token, channel.payee, toPayee);
        _payOut(channel.token, channel.payer, toPayer);
    }

    function _requireSigned(address signer, bytes32 digest, bytes calldata signature) internal pure {
        // Signers of an open channel are never zero, which is what an invalid signature recovers to.
        if (Signatures.recover(digest, signature) != signer) revert InvalidSignature(signer);
    }

    function _requireInTime(uint256 deadline) internal view {
        if (block.timestamp > deadline) revert Expired(deadline);
    }
}
