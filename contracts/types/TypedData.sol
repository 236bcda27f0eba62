// SPDX-License-Identifier: MIT
// EIP-712: the domain, the type strings, and the hash of each message that the protocol knows.
pragma solidity 0.8.37;

import {Channel, State} from "./Channel.sol";

/// @notice Hashes of the protocol's messages. Functions named `…Digest` return what is signed; the domain separator is
/// passed in, so that a batch computes it once.
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
    bytes32 internal constant REFUND_TYPEHASH =
        keccak256("Refund(bytes32 channelId,uint32 refundNonce,uint96 amount,uint40 deadline)");
    bytes32 internal constant COOPERATIVE_CLOSE_TYPEHASH =
        keccak256("CooperativeClose(bytes32 channelId,uint96 paid,uint40 deadline)");
    bytes32 internal constant REQUEST_EXIT_TYPEHASH = keccak256("RequestExit(bytes32 channelId,uint40 deadline)");

    bytes32 private constant NAME_HASH = keccak256(bytes(NAME));
    bytes32 private constant VERSION_HASH = keccak256(bytes(VERSION));

    /// @notice The domain separator of this contract on this chain. Computed anew each time rather than kept as an
    /// immutable: the code, and with it the code hash that wallets pin, is then the same on every chain.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    /// @notice The channel id: the typed-data hash of the channel.
    function channelId(bytes32 domain, Channel memory channel) internal pure returns (bytes32) {
        // A struct of static fields encodes as its fields in order, which is what EIP-712 asks for.
        return digest(domain, keccak256(abi.encode(CHANNEL_TYPEHASH, channel)));
    }

    function stateDigest(bytes32 domain, bytes32 id, State memory state) internal pure returns (bytes32) {
        return digest(domain, keccak256(abi.encode(STATE_TYPEHASH, id, state)));
    }

    function refundDigest(bytes32 domain, bytes32 id, uint32 refundNonce, uint96 amount, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        return digest(domain, keccak256(abi.encode(REFUND_TYPEHASH, id, refundNonce, amount, deadline)));
    }

    function cooperativeCloseDigest(bytes32 domain, bytes32 id, uint96 paid, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        return digest(domain, keccak256(abi.encode(COOPERATIVE_CLOSE_TYPEHASH, id, paid, deadline)));
    }

    function requestExitDigest(bytes32 domain, bytes32 id, uint40 deadline) internal pure returns (bytes32) {
        return digest(domain, keccak256(abi.encode(REQUEST_EXIT_TYPEHASH, id, deadline)));
    }

    /// @dev `keccak256(0x1901 ‖ domain ‖ structHash)`.
    function digest(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
