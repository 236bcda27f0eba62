// SPDX-License-Identifier: MIT
// Money on its way in: who may pay into which channel, and under which terms a channel opens.
pragma solidity 0.8.37;

import {ChannelStorage} from "./ChannelStorage.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Assets} from "./libraries/Assets.sol";
import {Channel, Status} from "./types/Channel.sol";
import {ChannelRecord, ChannelSlot} from "./types/ChannelSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title Deposits
abstract contract Deposits is ChannelStorage {
    uint256 private constant MIN_CHALLENGE_PERIOD = 1 hours;
    uint256 private constant MAX_CHALLENGE_PERIOD = 7 days;
    uint256 private constant MIN_EXIT_DELAY = 1 days;
    uint256 private constant MAX_EXIT_DELAY = 30 days;

    /// @inheritdoc IStateChannels
    function deposit(Channel calldata channel, uint256 amount) external payable nonReentrant {
        bool native = channel.token == Assets.NATIVE;
        uint256 expectedValue = native ? amount : 0;
        if (msg.value != expectedValue) revert WrongValue(expectedValue, msg.value);
        _addDeposit(_channelId(channel), channel, amount, msg.sender);
        if (!native) Assets.pull(channel.token, msg.sender, amount);
    }

    /// @inheritdoc IStateChannels
    function depositWithPermit(Channel calldata channel, uint256 amount, uint256 deadline, bytes calldata signature)
        external
        nonReentrant
    {
        _requireToken(channel);
        _addDeposit(_channelId(channel), channel, amount, msg.sender);
        Assets.tryPermit(channel.token, msg.sender, amount, deadline, signature);
        Assets.pull(channel.token, msg.sender, amount);
    }

    /// @inheritdoc IStateChannels
    function depositWithAuthorization(
        Channel calldata channel,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        bytes calldata signature
    ) external nonReentrant {
        _requireToken(channel);
        bytes32 id = _channelId(channel);
        _addDeposit(id, channel, amount, channel.payer);
        bytes32 nonce = keccak256(abi.encode(id, salt));
        Assets.pullAuthorized(channel.token, channel.payer, amount, validAfter, validBefore, nonce, signature);
    }

    /// @inheritdoc IStateChannels
    function depositWithPermit2(
        Channel calldata channel,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireToken(channel);
        bytes32 id = _channelId(channel);
        _addDeposit(id, channel, amount, channel.payer);
        Assets.pullByPermit2(
            channel.token,
            channel.payer,
            amount,
            nonce,
            deadline,
            TypedData.depositWitness(id),
            TypedData.PERMIT2_WITNESS_TYPE,
            signature
        );
    }

    /// @dev Books a deposit. The caller then collects exactly `amount`, or reverts everything.
    function _addDeposit(bytes32 id, Channel calldata channel, uint256 amount, address funder) private {
        if (amount == 0) revert ZeroAmount();
        ChannelRecord storage record = _record(id);
        ChannelSlot slot = record.slot;
        if (!slot.acceptsDeposits()) revert WrongStatus(id, slot.status());
        uint256 total = slot.deposited() + amount;
        if (total > type(uint96).max) revert AmountTooLarge(total);

        if (slot.isIn(Status.None)) {
            _requireValidTerms(channel);
            slot = slot.withStatus(Status.Open);
            emit Opened(id, channel.payer, channel.payee, channel, amount, funder);
        } else {
            emit ToppedUp(id, amount, total, funder);
        }
        record.slot = slot.withDeposit(uint96(total));
    }

    /// @dev Checked once, when the channel opens: the id binds every later call to the same terms. Signers are not
    /// asked whether they have code: what counts of them is an ECDSA signature, which no contract can make, and code
    /// may come and go at an address (EIP-7702).
    function _requireValidTerms(Channel calldata channel) private view {
        _requireValidParty(channel.payer);
        _requireValidParty(channel.payee);
        if (
            channel.payerSigner == address(0) || channel.payeeSigner == address(0)
                || channel.payerSigner == channel.payeeSigner
        ) revert InvalidSigners(channel.payerSigner, channel.payeeSigner);
        if (channel.exitDelay < MIN_EXIT_DELAY || channel.exitDelay > MAX_EXIT_DELAY) {
            revert ExitDelayOutOfBounds(channel.exitDelay);
        }
        if (channel.challengePeriod < MIN_CHALLENGE_PERIOD || channel.challengePeriod > MAX_CHALLENGE_PERIOD) {
            revert ChallengePeriodOutOfBounds(channel.challengePeriod);
        }
    }

    function _requireValidParty(address party) private view {
        if (party == address(0) || party == address(this)) revert InvalidParty(party);
    }

    function _requireToken(Channel calldata channel) private pure {
        if (channel.token == Assets.NATIVE) revert TokenRequired();
    }
}
