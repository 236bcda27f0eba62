// SPDX-License-Identifier: MIT
// Giving back and parting in peace: refunds, closes that both sign, and the payer's exit.
pragma solidity 0.8.37;

import {ChannelStorage} from "./ChannelStorage.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Channel, Ending, Status} from "./types/Channel.sol";
import {ChannelRecord, ChannelSlot} from "./types/ChannelSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title Refunds, cooperative closes and exits
abstract contract Endings is ChannelStorage {
    /// @inheritdoc IStateChannels
    function refund(
        Channel calldata channel,
        uint32 refundNonce,
        uint96 amount,
        uint40 deadline,
        bytes calldata payeeSignature
    ) external nonReentrant {
        bytes32 domain = TypedData.domainSeparator();
        bytes32 id = TypedData.channelId(domain, channel);
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isTrading()) revert WrongStatus(id, slot.status());
        _requireInTime(deadline);
        if (amount == 0) revert ZeroAmount();
        if (refundNonce != slot.refundNonce()) revert WrongRefundNonce(slot.refundNonce(), refundNonce);
        if (amount > slot.held()) revert RefundTooLarge(slot.held(), amount);
        _requireSigned(
            channel.payeeSigner, TypedData.refundDigest(domain, id, refundNonce, amount, deadline), payeeSignature
        );

        uint96 remaining = slot.deposited() - amount;
        record.slot = slot.withDeposit(remaining).withNextRefund();
        emit Refunded(id, refundNonce, amount, remaining);
        _payOut(channel.token, channel.payer, amount);
    }

    /// @inheritdoc IStateChannels
    function closeCooperative(
        Channel calldata channel,
        uint96 paid,
        uint40 deadline,
        bytes calldata payerSignature,
        bytes calldata payeeSignature
    ) external nonReentrant {
        bytes32 domain = TypedData.domainSeparator();
        bytes32 id = TypedData.channelId(domain, channel);
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isLive()) revert WrongStatus(id, slot.status());
        _requireInTime(deadline);
        if (paid < slot.settled() || paid > slot.deposited()) {
            revert PaidOutOfRange(slot.settled(), slot.deposited(), paid);
        }
        bytes32 digest = TypedData.cooperativeCloseDigest(domain, id, paid, deadline);
        _requireSigned(channel.payerSigner, digest, payerSignature);
        _requireSigned(channel.payeeSigner, digest, payeeSignature);

        _end(id, record, slot, channel, Ending.Cooperative, paid);
    }

    /// @inheritdoc IStateChannels
    function requestExit(Channel calldata channel) external nonReentrant {
        if (msg.sender != channel.payer && msg.sender != channel.payerSigner) revert NotPayer(msg.sender);
        _startExit(_channelId(channel), channel);
    }

    /// @inheritdoc IStateChannels
    function requestExitWithSignature(Channel calldata channel, uint40 deadline, bytes calldata signature)
        external
        nonReentrant
    {
        bytes32 domain = TypedData.domainSeparator();
        bytes32 id = TypedData.channelId(domain, channel);
        _requireInTime(deadline);
        bytes32 digest = TypedData.requestExitDigest(domain, id, deadline);
        address signer = Signatures.recover(digest, signature);
        bool signed = signer != address(0) && (signer == channel.payerSigner || signer == channel.payer);
        if (!signed && !Signatures.isValidFor(channel.payer, digest, signature)) {
            revert InvalidSignature(channel.payer);
        }
        _startExit(id, channel);
    }

    /// @inheritdoc IStateChannels
    function exit(Channel calldata channel) external nonReentrant {
        bytes32 id = _channelId(channel);
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isIn(Status.Exiting)) revert WrongStatus(id, slot.status());
        if (block.timestamp < slot.exitAt()) revert ExitNotDue(slot.exitAt());
        _end(id, record, slot, channel, Ending.Exit, slot.settled());
    }

    function _startExit(bytes32 id, Channel calldata channel) private {
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.isIn(Status.Open)) revert WrongStatus(id, slot.status());
        uint40 exitAt = uint40(block.timestamp + channel.exitDelay);
        record.slot = slot.withExit(exitAt);
        emit ExitRequested(id, exitAt);
    }
}
