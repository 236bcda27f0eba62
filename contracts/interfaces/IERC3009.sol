// SPDX-License-Identifier: MIT
// The part of EIP-3009 (transfer with authorization) that deposits use.
pragma solidity 0.8.37;

/// @title EIP-3009, as far as deposits use it
interface IERC3009 {
    /// @notice Moves `value` from `from` to `to`, who must be the caller, on an ECDSA signature of `from`.
    /// @param from Whose money it is.
    /// @param to Who gets it: the caller.
    /// @param value How much, in atomic units.
    /// @param validAfter Good after this time (Unix seconds).
    /// @param validBefore Good before this time (Unix seconds).
    /// @param nonce Any 32 bytes that `from` has not used before.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice The same for signatures of any form, as tokens with ERC-1271 support have it (USDC since 2.2).
    /// @param signature Of `from`: ECDSA, or what its contract account takes for one.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}
