// SPDX-License-Identifier: MIT
// The escrow behind x402 state channels: every rule about when money moves, and to whom.
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Payouts} from "./Payouts.sol";
import {IStateChannels} from "./interfaces/IStateChannels.sol";
import {Assets} from "./libraries/Assets.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {
    Channel,
    ChannelState,
    ChannelTerms,
    ClaimRow,
    Ending,
    RowOutcome,
    Status
} from "./types/Channel.sol";
import {ChannelSlot} from "./types/ChannelSlot.sol";
import {TypedData} from "./types/TypedData.sol";

/// @title The escrow behind x402 state channels
/// @notice Implements IStateChannels, where the rules and the life of a channel are told.
contract StateChannels is Payouts, IERC5267 {
    uint256 private constant MIN_CHALLENGE_PERIOD = 1 hours;
    uint256 private constant MAX_CHALLENGE_PERIOD = 7 days;
    uint256 private constant MIN_EXIT_DELAY = 1 days;
    uint256 private constant MAX_EXIT_DELAY = 30 days;

    mapping(bytes32 channelId => ChannelSlot) private _slots;

    // ── Paying in ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStateChannels
    function deposit(Channel calldata channel, uint256 amount) external payable nonReentrant {
        bool native = channel.token == Assets.NATIVE;
        uint256 expectedValue = native ? amount : 0;
        if (msg.value != expectedValue) revert WrongValue(expectedValue, msg.value);
        _addDeposit(_channelId(channel), channel, amount, msg.sender);
        if (!native) Assets.pull(channel.token, msg.sender, amount);
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
        if (channel.token == Assets.NATIVE) revert TokenRequired();
        bytes32 id = _channelId(channel);
        _addDeposit(id, channel, amount, channel.payer);
        bytes32 nonce = keccak256(abi.encode(id, salt));
        Assets.pullAuthorized(channel.token, channel.payer, amount, validAfter, validBefore, nonce, signature);
    }

    // ── Paying the payee ───────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStateChannels
    function claim(ChannelTerms calldata terms, ClaimRow[] calldata rows)
        external
        nonReentrant
        returns (uint256 paid, RowOutcome[] memory outcomes)
    {
        bytes32 domain = TypedData.domainSeparator();
        outcomes = new RowOutcome[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            uint256 amount;
            (outcomes[i], amount) = _claimRow(domain, terms, rows[i]);
            paid += amount;
        }
        _payOut(terms.token, terms.payee, paid);
    }

    /// @dev Settles one row without moving money. Never reverts on what a row says.
    function _claimRow(bytes32 domain, ChannelTerms calldata terms, ClaimRow calldata row)
        private
        returns (RowOutcome outcome, uint256 amount)
    {
        bytes32 id = TypedData.channelId(domain, terms, row);
        ChannelSlot slot = _slots[id];
        uint96 earned = row.state.earned;
        uint96 target = earned < slot.deposited() ? earned : slot.deposited();

        if (!slot.isLive()) outcome = RowOutcome.NotLive;
        else if (earned > row.state.owed) outcome = RowOutcome.InvalidState;
        else if (target <= slot.settled()) outcome = RowOutcome.NothingNew;
        else if (Signatures.recover(TypedData.stateDigest(domain, id, row), row.r, row.vs) != row.payerSigner) {
            outcome = RowOutcome.InvalidSignature;
        }
        if (outcome != RowOutcome.Paid) {
            emit ClaimSkipped(id, outcome);
            return (outcome, 0);
        }

        amount = target - slot.settled();
        _slots[id] = slot.withSettled(target);
        emit Claimed(id, amount, target);
    }

    // ── Giving back, ending ────────────────────────────────────────────────────────────────────────────────────────

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
        ChannelSlot slot = _slots[id];
        if (slot.status() != Status.Open && slot.status() != Status.Exiting) revert WrongStatus(id, slot.status());
        _requireInTime(deadline);
        if (amount == 0) revert ZeroAmount();
        if (refundNonce != slot.refundNonce()) revert WrongRefundNonce(slot.refundNonce(), refundNonce);
        if (amount > slot.held()) revert RefundTooLarge(slot.held(), amount);
        _requireSigned(
            channel.payeeSigner, TypedData.refundDigest(domain, id, refundNonce, amount, deadline), payeeSignature
        );

        uint96 remaining = slot.deposited() - amount;
        _slots[id] = slot.withDeposit(remaining).withNextRefund();
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
        ChannelSlot slot = _slots[id];
        if (!slot.isLive()) revert WrongStatus(id, slot.status());
        _requireInTime(deadline);
        if (paid < slot.settled() || paid > slot.deposited()) {
            revert PaidOutOfRange(slot.settled(), slot.deposited(), paid);
        }
        bytes32 digest = TypedData.cooperativeCloseDigest(domain, id, paid, deadline);
        _requireSigned(channel.payerSigner, digest, payerSignature);
        _requireSigned(channel.payeeSigner, digest, payeeSignature);

        _end(id, slot, channel, Ending.Cooperative, paid);
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
        ChannelSlot slot = _slots[id];
        if (slot.status() != Status.Exiting) revert WrongStatus(id, slot.status());
        if (block.timestamp < slot.exitAt()) revert ExitNotDue(slot.exitAt());
        _end(id, slot, channel, Ending.Exit, slot.settled());
    }

    // ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IStateChannels
    function channelId(Channel calldata channel) external view returns (bytes32) {
        return _channelId(channel);
    }

    /// @inheritdoc IStateChannels
    function channelState(bytes32 id) external view returns (ChannelState memory) {
        return _slots[id].unpack();
    }

    /// @inheritdoc IStateChannels
    function channelStates(bytes32[] calldata ids) external view returns (ChannelState[] memory states) {
        states = new ChannelState[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) {
            states[i] = _slots[ids[i]].unpack();
        }
    }

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory)
    {
        // 0x0f: name, version, chainId and verifyingContract are used; there is no salt and no extension.
        return (
            hex"0f", TypedData.NAME, TypedData.VERSION, block.chainid, address(this), bytes32(0), new uint256[](0)
        );
    }

    // ── Steps that several of the above take ───────────────────────────────────────────────────────────────────────

    function _channelId(Channel calldata channel) private view returns (bytes32) {
        return TypedData.channelId(TypedData.domainSeparator(), channel);
    }

    /// @dev Books a deposit. The caller then collects exactly `amount`, or reverts everything.
    function _addDeposit(bytes32 id, Channel calldata channel, uint256 amount, address funder) private {
        if (amount == 0) revert ZeroAmount();
        ChannelSlot slot = _slots[id];
        Status status = slot.status();
        if (!slot.acceptsDeposits()) revert WrongStatus(id, status);
        uint256 total = slot.deposited() + amount;
        if (total > type(uint96).max) revert AmountTooLarge(total);

        if (status == Status.None) {
            _requireValidTerms(channel);
            slot = slot.withStatus(Status.Open);
            emit Opened(id, channel.payer, channel.payee, channel, amount, funder);
        } else {
            emit ToppedUp(id, amount, total, funder);
        }
        _slots[id] = slot.withDeposit(uint96(total));
    }

    /// @dev Checked once, when the channel opens: the id binds every later call to the same terms.
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

    function _startExit(bytes32 id, Channel calldata channel) private {
        ChannelSlot slot = _slots[id];
        if (slot.status() != Status.Open) revert WrongStatus(id, slot.status());
        uint40 exitAt = uint40(block.timestamp + channel.exitDelay);
        _slots[id] = slot.withExit(exitAt);
        emit ExitRequested(id, exitAt);
    }

    /// @dev Closes the channel for ever with `paid` as the payee's total, and pays both what is due to them.
    function _end(bytes32 id, ChannelSlot slot, Channel calldata channel, Ending ending, uint96 paid) private {
        uint256 toPayee = paid - slot.settled();
        uint256 toPayer = slot.deposited() - paid;
        _slots[id] = slot.withSettled(paid).withStatus(Status.Closed);
        emit Closed(id, ending, paid, toPayer);
        _payOut(channel.token, channel.payee, toPayee);
        _payOut(channel.token, channel.payer, toPayer);
    }

    function _requireSigned(address signer, bytes32 digest, bytes calldata signature) private pure {
        // Signers of an open channel are never zero, which is what an invalid signature recovers to.
        if (Signatures.recover(digest, signature) != signer) revert InvalidSignature(signer);
    }

    function _requireInTime(uint256 deadline) private view {
        if (block.timestamp > deadline) revert Expired(deadline);
    }
}
