// SPDX-License-Identifier: MIT
// EIP-712: the domain, the type strings, and the hash of each message that the protocol knows.
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Channel, Receipt, State} from "./Channel.sol";

/// @title Typed data (EIP-712)
/// @notice Hashes of the protocol's messages. Functions named `…Digest` return what is signed; the domain separator is
/// passed in, so that a batch computes it once.
/// @dev Channels and states are hashed without `abi.encode`, which allocates and costs about 2,000 gas more; rows of a
/// claim are hashed in `ClaimHashes`. The buffers start at the free memory pointer and leave it unmoved. Channels and
/// states are taken from calldata as they lie there; words with dirty high bits are hashed with their dirt. Such a channel
/// cannot be opened, because opening reads every field through Solidity's range checks.
library TypedData {
    string internal constant NAME = "x402 State Channels";
    string internal constant VERSION = "1";

    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant CHANNEL_TYPEHASH = keccak256(
        "Channel(address payer,address payerSigner,address payee,address payeeSigner,address token,uint32 exitDelay,uint32 challengePeriod,bytes32 salt)"
    );
    bytes32 internal constant STATE_TYPEHASH =
        keccak256("State(bytes32 channelId,uint64 nonce,uint96 owed,uint96 earned,uint96 credited)");
    bytes32 internal constant RECEIPT_TYPEHASH =
        keccak256("Receipt(bytes32 channelId,uint64 nonce,uint96 charged,uint96 credited,bytes32 ref)");
    bytes32 internal constant REFUND_TYPEHASH =
        keccak256("Refund(bytes32 channelId,uint32 refundNonce,uint96 amount,uint40 deadline)");
    bytes32 internal constant COOPERATIVE_CLOSE_TYPEHASH =
        keccak256("CooperativeClose(bytes32 channelId,uint96 paid,uint40 deadline)");
    bytes32 internal constant REQUEST_EXIT_TYPEHASH = keccak256("RequestExit(bytes32 channelId,uint40 deadline)");

    /// @dev The witness of a Permit2 deposit, as x402 `batch-settlement` has it too, and the part of Permit2's type
    /// string that describes it (the types that are referred to, in alphabetical order).
    bytes32 internal constant DEPOSIT_WITNESS_TYPEHASH = keccak256("DepositWitness(bytes32 channelId)");
    string internal constant PERMIT2_WITNESS_TYPE =
        "DepositWitness witness)DepositWitness(bytes32 channelId)TokenPermissions(address token,uint256 amount)";

    bytes32 private constant NAME_HASH = keccak256("x402 State Channels");
    bytes32 private constant VERSION_HASH = keccak256("1");

    /// @notice The domain separator of this contract on this chain. Computed anew each time rather than kept as an
    /// immutable: the code, and with it the code hash that wallets pin, is then the same on every chain.
    function domainSeparator() internal view returns (bytes32 separator) {
        (bytes32 typeHash, bytes32 nameHash, bytes32 versionHash) = (DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH);
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            mstore(add(buffer, 0x20), nameHash)
            mstore(add(buffer, 0x40), versionHash)
            mstore(add(buffer, 0x60), chainid())
            mstore(add(buffer, 0x80), address())
            separator := keccak256(buffer, 0xa0)
        }
    }

    /// @notice The channel id: the typed-data hash of the channel.
    function channelId(bytes32 domain, Channel calldata channel) internal pure returns (bytes32 id) {
        bytes32 typeHash = CHANNEL_TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            calldatacopy(add(buffer, 0x20), channel, 0x100) // all eight fields
            let structHash := keccak256(buffer, 0x120)
            mstore(buffer, shl(240, 0x1901))
            mstore(add(buffer, 0x02), domain)
            mstore(add(buffer, 0x22), structHash)
            id := keccak256(buffer, 0x42)
        }
    }

    /// @notice What the payerSigner of channel `id` signs to make a state.
    function stateDigest(bytes32 domain, bytes32 id, State calldata state) internal pure returns (bytes32 digest) {
        bytes32 typeHash = STATE_TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, typeHash)
            mstore(add(buffer, 0x20), id)
            calldatacopy(add(buffer, 0x40), state, 0x80) // nonce, owed, earned, credited
            let structHash := keccak256(buffer, 0xc0)
            mstore(buffer, shl(240, 0x1901))
            mstore(add(buffer, 0x02), domain)
            mstore(add(buffer, 0x22), structHash)
            digest := keccak256(buffer, 0x42)
        }
    }

    /// @notice What the payeeSigner of channel `id` signs for a payment.
    function receiptDigest(bytes32 domain, bytes32 id, Receipt calldata receipt) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(domain, keccak256(abi.encode(RECEIPT_TYPEHASH, id, receipt)));
    }

    /// @notice What a payer signs, inside a Permit2 transfer to this contract, to name the channel `id`.
    function depositWitness(bytes32 id) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEPOSIT_WITNESS_TYPEHASH, id));
    }

    /// @notice What the payeeSigner of channel `id` signs to give money back.
    function refundDigest(bytes32 domain, bytes32 id, uint32 refundNonce, uint96 amount, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 structHash = keccak256(abi.encode(REFUND_TYPEHASH, id, refundNonce, amount, deadline));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /// @notice What both signers of channel `id` sign to part.
    function cooperativeCloseDigest(bytes32 domain, bytes32 id, uint96 paid, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 structHash = keccak256(abi.encode(COOPERATIVE_CLOSE_TYPEHASH, id, paid, deadline));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /// @notice What payer or payerSigner of channel `id` signs to have its exit relayed.
    function requestExitDigest(bytes32 domain, bytes32 id, uint40 deadline) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(domain, keccak256(abi.encode(REQUEST_EXIT_TYPEHASH, id, deadline)));
    }
}
