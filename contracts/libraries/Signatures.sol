// SPDX-License-Identifier: MIT
// Who signed a digest: ECDSA with low s, in 65 bytes or in the 64 of ERC-2098, and ERC-1271 for contract accounts.
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @dev Half the order of secp256k1. A signature with a higher s has a twin with a lower one; only that one counts.
uint256 constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
/// @dev What of an ERC-2098 word `vs` is s; the highest bit is the parity of R.
uint256 constant S_MASK = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

/// @title Signatures of keys and of contract accounts
library Signatures {
    /// @notice The address whose key made the signature, or zero if it is no valid signature.
    /// @param signature `r ‖ s ‖ v` (65 bytes, v is 27 or 28) or `r ‖ vs` (64 bytes, ERC-2098).
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        (bool wellFormed, uint8 v, bytes32 r, bytes32 s) = split(signature);
        if (!wellFormed || uint256(s) > HALF_ORDER) return address(0);
        return ecrecover(digest, v, r, s);
    }

    /// @notice Takes a signature of either length apart. Any other length is not well-formed.
    /// @dev Words are loaded from calldata as they lie there; bytes beyond the end are loaded, but not used.
    function split(bytes calldata signature) internal pure returns (bool wellFormed, uint8 v, bytes32 r, bytes32 s) {
        uint256 second;
        uint256 third;
        assembly ("memory-safe") {
            r := calldataload(signature.offset)
            second := calldataload(add(signature.offset, 0x20))
            third := calldataload(add(signature.offset, 0x40))
        }
        if (signature.length == 65) return (true, uint8(third >> 248), r, bytes32(second));
        if (signature.length == 64) return (true, yParityToV(second), r, bytes32(second & S_MASK));
        return (false, 0, 0, 0);
    }

    /// @dev The recovery id that an ERC-2098 word stands for: 27 or 28.
    function yParityToV(uint256 vs) private pure returns (uint8) {
        unchecked {
            return uint8(27 + (vs >> 255));
        }
    }

    /// @notice Whether the contract account `account` says that `signature` is its own (ERC-1271). False for an account
    /// without code, and for one that reverts or answers anything else.
    function isValidFor(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (bool answered, bytes memory answer) =
            account.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        return answered && answer.length >= 32
            && bytes32(answer) == bytes32(IERC1271.isValidSignature.selector);
    }
}
