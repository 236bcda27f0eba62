// SPDX-License-Identifier: MIT
// Wallets with code as people have them: one modelled on Safe, and what an account under EIP-7702 delegates to.
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

struct Call {
    address to;
    uint256 value;
    bytes data;
}

/// @notice Signs and acts when `threshold` of its owners have signed, in ascending order of their addresses. Like Safe it
/// signs the hash wrapped in a message of its own domain, and notes down native currency that comes in.
contract SafeLike is IERC1271 {
    bytes32 private constant DOMAIN_TYPEHASH = keccak256("EIP712Domain(uint256 chainId,address verifyingContract)");
    bytes32 private constant MESSAGE_TYPEHASH = keccak256("SafeMessage(bytes message)");

    uint256 public immutable threshold;
    mapping(address => bool) public isOwner;
    uint256 public nonce;

    event SafeReceived(address indexed sender, uint256 value);

    error NotSigned();

    constructor(address[] memory owners, uint256 threshold_) {
        threshold = threshold_;
        for (uint256 i = 0; i < owners.length; i++) {
            isOwner[owners[i]] = true;
        }
    }

    receive() external payable {
        emit SafeReceived(msg.sender, msg.value);
    }

    function isValidSignature(bytes32 hash, bytes calldata signatures) external view returns (bytes4) {
        return isSigned(messageHash(abi.encode(hash)), signatures) ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    /// @notice Makes a call as the wallet. The owners sign the message `abi.encode(nonce, call)`.
    function execute(Call calldata call, bytes calldata signatures) external {
        if (!isSigned(messageHash(abi.encode(nonce++, call)), signatures)) revert NotSigned();
        make(call);
    }

    function messageHash(bytes memory message) public view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, block.chainid, address(this)));
        bytes32 structHash = keccak256(abi.encode(MESSAGE_TYPEHASH, keccak256(message)));
        return keccak256(bytes.concat(hex"1901", domain, structHash));
    }

    function isSigned(bytes32 digest, bytes calldata signatures) private view returns (bool) {
        if (signatures.length != threshold * 65) return false;
        address last = address(0);
        for (uint256 i = 0; i < threshold; i++) {
            (address signer,,) = ECDSA.tryRecover(digest, signatures[i * 65:(i + 1) * 65]);
            if (signer <= last || !isOwner[signer]) return false;
            last = signer;
        }
        return true;
    }
}

/// @notice What an externally owned account may delegate to: signs by its key alone, and makes several calls at once
/// when the account itself asks for it.
contract AccountDelegate is IERC1271 {
    error NotSelf();

    receive() external payable {}

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == address(this) ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function execute(Call[] calldata calls) external {
        if (msg.sender != address(this)) revert NotSelf();
        for (uint256 i = 0; i < calls.length; i++) {
            make(calls[i]);
        }
    }
}

/// @notice A delegate that answers for no signature and takes no native currency.
contract RefusingDelegate is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return 0xffffffff;
    }
}

function make(Call calldata call) {
    (bool succeeded, bytes memory answer) = call.to.call{value: call.value}(call.data);
    if (!succeeded) {
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
