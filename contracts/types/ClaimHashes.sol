// SPDX-License-Identifier: MIT
// The ids and signatures of a claim's rows, worked out in memory that is laid out once for the whole batch.
pragma solidity 0.8.37;

import {HALF_ORDER, S_MASK} from "../libraries/Signatures.sol";
import {ChannelTerms, ClaimRow} from "./Channel.sol";
import {TypedData} from "./TypedData.sol";

/// @notice Memory for the rows of one batch. What they share (EIP-712 prefix, domain, type hashes, terms) is written into
/// it once; a row only fills in what is its own. The value is where it starts:
///
///     0x01e  0x1901, in the last two bytes of a word      0x160  salt
///     0x020  domain separator                             0x180  type hash of State
///     0x040  struct hash                                  0x1a0  channel id
///     0x060  type hash of Channel                         0x1c0  nonce, owed, earned, credited
///     0x080  payer, payerSigner                           0x240  r, vs
///     0x0c0  the five terms                               0x280  end
///
/// Assembly, because it is what every row of a batch costs: hashing each row from nothing and calling `ecrecover` through
/// Solidity would cost about 270 gas a row more. Words are taken from calldata as they lie there, dirty high bits
/// included, and so hash to the id of a channel that cannot have been opened: see TypedData.
type ClaimHashes is uint256;

using {channelId, isSigned} for ClaimHashes global;

/// @notice Lays the memory out for channels with these terms.
/// @param domain The domain separator of this contract.
function claimHashes(bytes32 domain, ChannelTerms calldata terms) pure returns (ClaimHashes hashes) {
    (bytes32 channelTypeHash, bytes32 stateTypeHash) = (TypedData.CHANNEL_TYPEHASH, TypedData.STATE_TYPEHASH);
    assembly ("memory-safe") {
        hashes := mload(0x40)
        mstore(0x40, add(hashes, 0x280))
        mstore(hashes, 0x1901)
        mstore(add(hashes, 0x20), domain)
        mstore(add(hashes, 0x60), channelTypeHash)
        calldatacopy(add(hashes, 0xc0), terms, 0xa0)
        mstore(add(hashes, 0x180), stateTypeHash)
    }
}

/// @notice The id of the channel that the terms and this row make up together: the typed-data hash of `Channel`.
function channelId(ClaimHashes hashes, ClaimRow calldata row) pure returns (bytes32 id) {
    assembly ("memory-safe") {
        calldatacopy(add(hashes, 0x80), row, 0x40) // payer, payerSigner
        mstore(add(hashes, 0x160), calldataload(add(row, 0x40))) // salt
        mstore(add(hashes, 0x40), keccak256(add(hashes, 0x60), 0x120))
        id := keccak256(add(hashes, 0x1e), 0x42)
    }
}

/// @notice Whether the row's state bears the signature of the row's payerSigner, s in the lower half.
/// @param id What `channelId` returned for this row, which must have been the last row it was asked for.
/// @dev The digest takes the place of `earned` once that is hashed: digest, v, r and s then lie in a row, which is how
/// the precompile wants them. It answers nothing to what is no signature, and no payerSigner of an open channel is zero.
function isSigned(ClaimHashes hashes, bytes32 id, ClaimRow calldata row) view returns (bool signed) {
    assembly ("memory-safe") {
        mstore(add(hashes, 0x1a0), id)
        calldatacopy(add(hashes, 0x1c0), add(row, 0x60), 0xc0) // nonce, owed, earned, credited, r, vs
        mstore(add(hashes, 0x40), keccak256(add(hashes, 0x180), 0xc0))
        mstore(add(hashes, 0x200), keccak256(add(hashes, 0x1e), 0x42)) // digest
        let vs := mload(add(hashes, 0x260))
        let s := and(vs, S_MASK)
        mstore(add(hashes, 0x220), add(27, shr(255, vs))) // v
        mstore(add(hashes, 0x260), s)
        mstore(0, 0)
        pop(staticcall(gas(), 1, add(hashes, 0x200), 0x80, 0, 0x20)) // ecrecover
        signed := and(iszero(gt(s, HALF_ORDER)), eq(mload(0), mload(add(hashes, 0xa0))))
    }
}
