// SPDX-License-Identifier: MIT
// Closes by the payee alone: at once up to what was acknowledged, above it only after a time in which anyone can prove
// that the payee takes what it had already given back.
pragma solidity 0.8.37;

import {ChannelStorage} from "./ChannelStorage.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Channel, Ending, PendingClose, Receipt, State, Status} from "./types/Channel.sol";
import {ChannelRecord, ChannelSlot} from "./types/ChannelSlot.sol";
import {packClose} from "./types/CloseSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title Closes, challenges and their outcome
abstract contract Disputes is ChannelStorage {
    /// @inheritdoc IStateChannels
    function startClose(Channel calldata channel, State calldata state, uint96 amount, bytes calldata payerSignature)
        external
        nonReentrant
    {
        if (msg.sender != channel.payee && msg.sender != channel.payeeSigner) revert NotPayee(msg.sender);
        bytes32 domain = TypedData.domainSeparator();
        bytes32 id = TypedData.channelId(domain, channel);
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isTrading()) revert WrongStatus(id, slot.status());
        if (slot.exitAt() != 0 && block.timestamp >= slot.exitAt()) revert ExitDue(slot.exitAt());
        uint96 acknowledged = state.earned > slot.settled() ? state.earned : slot.settled();
        if (amount < acknowledged || amount > state.owed) {
            revert CloseAmountOutOfRange(acknowledged, state.owed, amount);
        }
        _requireSigned(channel.payerSigner, TypedData.stateDigest(domain, id, state), payerSignature);

        if (amount == acknowledged) _end(id, record, slot, channel, Ending.Acknowledged, _covered(slot, amount));
        else _startChallengePeriod(id, record, slot, channel, state, amount);
    }

    /// @inheritdoc IStateChannels
    function challenge(Channel calldata channel, Receipt calldata receipt, bytes calldata payeeSignature)
        external
        nonReentrant
    {
        bytes32 domain = TypedData.domainSeparator();
        bytes32 id = TypedData.channelId(domain, channel);
        ChannelRecord storage record = _closing(id);
        (ChannelSlot slot, PendingClose memory pending) = (record.slot, record.close.unpack());
        if (block.timestamp >= pending.deadline) revert ChallengePeriodOver(pending.deadline);
        if (receipt.credited <= pending.headroom) revert NoFraud(pending.headroom, receipt.credited);
        _requireSigned(channel.payeeSigner, TypedData.receiptDigest(domain, id, receipt), payeeSignature);

        _end(id, record, slot, channel, Ending.Challenged, slot.settled());
    }

    /// @inheritdoc IStateChannels
    function finalizeClose(Channel calldata channel) external nonReentrant {
        bytes32 id = _channelId(channel);
        ChannelRecord storage record = _closing(id);
        (ChannelSlot slot, PendingClose memory pending) = (record.slot, record.close.unpack());
        if (block.timestamp < pending.deadline) revert ChallengePeriodNotOver(pending.deadline);

        // A claim of a later acknowledgement may have taken more than the close asks for: that stays the payee's.
        uint96 covered = _covered(slot, pending.amount);
        uint96 paid = covered > slot.settled() ? covered : slot.settled();
        _end(id, record, slot, channel, Ending.Finalized, paid);
    }

    /// @dev No date moves twice: a close can be started once, and no other status leads back to Open or Exiting.
    function _startChallengePeriod(
        bytes32 id,
        ChannelRecord storage record,
        ChannelSlot slot,
        Channel calldata channel,
        State calldata state,
        uint96 amount
    ) private {
        // All that the payer ever authorised, less what the payee asks for, is all that it can have given back. Above
        // 2^96 − 1 no receipt can reach, so the bound changes nothing.
        uint256 headroom = uint256(state.owed - amount) + state.credited;
        if (headroom > type(uint96).max) headroom = type(uint96).max;
        uint40 deadline = uint40(block.timestamp + channel.challengePeriod);
        record.slot = slot.withStatus(Status.Closing);
        record.close = packClose(amount, uint96(headroom), deadline);
        emit CloseStarted(id, amount, headroom, deadline);
    }

    function _closing(bytes32 id) private view returns (ChannelRecord storage record) {
        record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isIn(Status.Closing)) revert WrongStatus(id, slot.status());
    }

    /// @dev A total as far as the deposit covers it.
    function _covered(ChannelSlot slot, uint96 amount) private pure returns (uint96) {
        return amount < slot.deposited() ? amount : slot.deposited();
    }
}
