// SPDX-License-Identifier: MIT
// ECDSA as the contract reads it: both lengths, low s only, nothing else.
pragma solidity 0.8.37;

import {Signatures} from "../libraries/Signatures.sol";
import {vm} from "./Vm.sol";

contract SignaturesTest {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant HALF_ORDER = ORDER / 2;

    function recover(bytes32 digest, bytes calldata signature) external pure returns (address) {
        return Signatures.recover(digest, signature);
    }

    function split(bytes calldata signature) external pure returns (bool wellFormed, uint8 v, bytes32 r, bytes32 s) {
        return Signatures.split(signature);
    }

    function testFuzz_both_lengths_recover_the_signer(uint256 key, bytes32 digest) external view {
        key = 1 + key % (ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes32 vs = bytes32((uint256(v - 27) << 255) | uint256(s));
        require(this.recover(digest, abi.encodePacked(r, s, v)) == vm.addr(key), "65 bytes");
        require(this.recover(digest, abi.encodePacked(r, vs)) == vm.addr(key), "64 bytes");
    }

    function testFuzz_the_high_s_twin_of_a_good_signature_is_none(uint256 key, bytes32 digest) external view {
        key = 1 + key % (ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes32 twin = bytes32(ORDER - uint256(s));
        require(ecrecover(digest, 55 - v, r, twin) == vm.addr(key), "the precompile takes the twin");
        require(this.recover(digest, abi.encodePacked(r, twin, 55 - v)) == address(0), "we do not");
    }

    function testFuzz_s_counts_up_to_half_the_order_and_not_one_above(uint256 key, bytes32 digest) external view {
        // Any s makes a signature of somebody; r must be the x of a point, so it is taken from a real signature.
        (uint8 v, bytes32 r,) = vm.sign(1 + key % (ORDER - 1), digest);
        for (uint256 s = HALF_ORDER; s <= HALF_ORDER + 1; s++) {
            bytes32 vs = bytes32((uint256(v - 27) << 255) | s);
            address somebody = ecrecover(digest, v, r, bytes32(s));
            require(somebody != address(0), "the precompile takes both");
            address expected = s == HALF_ORDER ? somebody : address(0);
            require(this.recover(digest, abi.encodePacked(r, vs)) == expected, "64 bytes");
            require(this.recover(digest, abi.encodePacked(r, s, v)) == expected, "65 bytes");
        }
    }

    function testFuzz_any_other_length_or_parity_is_no_signature(bytes32 digest, uint8 length, uint8 v) external view {
        bytes memory signature = new bytes(length);
        (bool wellFormed,,,) = this.split(signature);
        require(wellFormed == (length == 64 || length == 65), "well-formed");
        if (!wellFormed) require(this.recover(digest, signature) == address(0), "length");
        (, bytes32 r, bytes32 s) = vm.sign(1, digest);
        if (v != 27 && v != 28) require(this.recover(digest, abi.encodePacked(r, s, v)) == address(0), "parity");
    }
}
