// SPDX-License-Identifier: MIT
// The ids and signatures of claims' rows, in memory that many rows share: those of rows hashed one by one.
pragma solidity 0.8.37;

import {Channel, ChannelTerms, ClaimRow, State} from "../types/Channel.sol";
import {ClaimHashes, claimHashes} from "../types/ClaimHashes.sol";
import {TypedData} from "../types/TypedData.sol";
import {vm} from "./Vm.sol";

contract ClaimHashesTest {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    function channelIds(bytes32 domain, ChannelTerms calldata terms, ClaimRow[] calldata rows)
        external
        pure
        returns (bytes32[] memory ids)
    {
        ClaimHashes hashes = claimHashes(domain, terms);
        ids = new bytes32[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            ids[i] = hashes.channelId(rows[i]);
        }
    }

    function areSigned(bytes32 domain, ChannelTerms calldata terms, bytes32 id, ClaimRow[] calldata rows)
        external
        view
        returns (bool[] memory signed)
    {
        ClaimHashes hashes = claimHashes(domain, terms);
        signed = new bool[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            hashes.channelId(rows[i]);
            signed[i] = hashes.isSigned(id, rows[i]);
        }
    }

    function channelId(bytes32 domain, Channel calldata channel) external pure returns (bytes32) {
        return TypedData.channelId(domain, channel);
    }

    function stateDigest(bytes32 domain, bytes32 id, State calldata state) external pure returns (bytes32) {
        return TypedData.stateDigest(domain, id, state);
    }

    function testFuzz_each_row_of_a_batch_has_the_id_of_its_channel(
        bytes32 domain,
        ChannelTerms calldata terms,
        ClaimRow[] calldata rows
    ) external view {
        bytes32[] memory ids = this.channelIds(domain, terms, rows);
        for (uint256 i = 0; i < rows.length; i++) {
            Channel memory channel = Channel({
                payer: rows[i].payer,
                payerSigner: rows[i].payerSigner,
                payee: terms.payee,
                payeeSigner: terms.payeeSigner,
                token: terms.token,
                exitDelay: terms.exitDelay,
                challengePeriod: terms.challengePeriod,
                salt: rows[i].salt
            });
            require(ids[i] == this.channelId(domain, channel), "id");
        }
    }

    function testFuzz_only_the_signer_of_a_row_signed_it_whatever_rows_stand_beside_it(
        uint256 key,
        bytes32 domain,
        ChannelTerms calldata terms,
        bytes32 id,
        State calldata state
    ) external view {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key = 1 + key % (HALF_ORDER - 1), this.stateDigest(domain, id, state));
        ClaimRow[] memory rows = new ClaimRow[](5);
        rows[0] = row(vm.addr(key), state, r, v, uint256(s));
        rows[1] = row(vm.addr(key + 1), state, r, v, uint256(s));
        rows[2] = row(vm.addr(key), state, bytes32(uint256(r) ^ 1), v, uint256(s));
        rows[3] = row(vm.addr(key), state, r, 55 - v, uint256(s));
        rows[4] = rows[0];
        bool[] memory signed = this.areSigned(domain, terms, id, rows);
        require(signed[0] && signed[4], "the signer's");
        require(!signed[1] && !signed[2] && !signed[3], "somebody else's");
    }

    function testFuzz_s_of_a_row_counts_up_to_half_the_order_and_not_one_above(
        uint256 key,
        bytes32 domain,
        ChannelTerms calldata terms,
        bytes32 id,
        State calldata state
    ) external view {
        // Any s makes a signature of somebody; r must be the x of a point, so it is taken from a real signature.
        bytes32 digest = this.stateDigest(domain, id, state);
        (uint8 v, bytes32 r,) = vm.sign(1 + key % (HALF_ORDER - 1), digest);
        ClaimRow[] memory rows = new ClaimRow[](2);
        for (uint256 i = 0; i < 2; i++) {
            address somebody = ecrecover(digest, v, r, bytes32(HALF_ORDER + i));
            require(somebody != address(0), "the precompile takes both");
            rows[i] = row(somebody, state, r, v, HALF_ORDER + i);
        }
        bool[] memory signed = this.areSigned(domain, terms, id, rows);
        require(signed[0] && !signed[1], "half the order");
    }

    /// @dev To what is no signature the precompile answers nothing: what lay in its place must not count.
    function testFuzz_what_is_no_signature_is_nobodys_whoever_signed_the_row_before(
        uint256 key,
        bytes32 domain,
        ChannelTerms calldata terms,
        bytes32 id,
        State calldata state
    ) external view {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key = 1 + key % (HALF_ORDER - 1), this.stateDigest(domain, id, state));
        ClaimRow[] memory rows = new ClaimRow[](3);
        rows[0] = row(vm.addr(key), state, r, v, uint256(s));
        rows[1] = row(vm.addr(key), state, 0, v, uint256(s));
        rows[2] = row(address(1), state, 0, v, uint256(s));
        bool[] memory signed = this.areSigned(domain, terms, id, rows);
        require(signed[0], "the signer's");
        require(!signed[1] && !signed[2], "nobody's");
    }

    function row(address payerSigner, State calldata state, bytes32 r, uint8 v, uint256 s)
        private
        pure
        returns (ClaimRow memory)
    {
        bytes32 vs = bytes32((uint256(v - 27) << 255) | s);
        return ClaimRow({payer: address(1), payerSigner: payerSigner, salt: 0, state: state, r: r, vs: vs});
    }
}
