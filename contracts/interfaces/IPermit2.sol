// SPDX-License-Identifier: MIT
// The part of Uniswap's Permit2 that deposits use: a transfer on a signature that also covers data of the recipient.
pragma solidity 0.8.37;

/// @title Permit2, as far as deposits use it
interface IPermit2 {
    /// @notice What may be taken: a token and an amount in atomic units.
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @notice What was signed, but for the spender and the witness.
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice What is done with it: to whom, and how much (atomic units).
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves a token of `owner`, who has approved Permit2, on a signature of `owner` (ECDSA or ERC-1271) that
    /// names the token, the amount, the caller as spender, a nonce that is good once, a deadline and the witness.
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}
