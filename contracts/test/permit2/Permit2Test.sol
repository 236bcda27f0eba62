// SPDX-License-Identifier: MIT
// The base of the tests with Permit2: the real one on the test chain, and signatures for it.
pragma solidity 0.8.37;

import {Channel} from "../../types/Channel.sol";
import {ChannelTest} from "../ChannelTest.sol";
import {vm} from "../Vm.sol";
import {Permit2Code} from "./Permit2Code.sol";

interface IPermit2Domain {
    function DOMAIN_SEPARATOR() external view returns (bytes32);
}

abstract contract Permit2Test is ChannelTest {
    address internal constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;

    error InvalidSigner();
    error InvalidNonce();
    error SignatureExpired(uint256 signatureDeadline);
    error InvalidContractSignature();

    function setUp() public virtual override {
        super.setUp();
        Permit2Code source = new Permit2Code();
        vm.etch(source.DEPLOYER(), source.DEPLOYER_CODE());
        (bool deployed,) = source.DEPLOYER().call(source.deployment());
        require(deployed && PERMIT2.code.length > 9000, "not the code of Permit2");
        vm.prank(payer);
        dollar.approve(PERMIT2, type(uint256).max);
        dollar.mint(payer, 1000);
    }

    /// @dev What is signed to deposit `amount` into the channel by way of Permit2.
    function permit2Digest(Channel memory channel, uint256 amount, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        return permit2Digest(channel.token, amount, address(channels), nonce, deadline, channels.channelId(channel));
    }

    /// @dev The same, spelled out, for those who sign something else.
    function permit2Digest(
        address token,
        uint256 amount,
        address spender,
        uint256 nonce,
        uint256 deadline,
        bytes32 id
    ) internal view returns (bytes32) {
        bytes32 permitted = keccak256(
            abi.encode(keccak256("TokenPermissions(address token,uint256 amount)"), token, amount)
        );
        bytes32 witness = keccak256(abi.encode(keccak256("DepositWitness(bytes32 channelId)"), id));
        bytes32 typeHash = keccak256(
            "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,DepositWitness witness)DepositWitness(bytes32 channelId)TokenPermissions(address token,uint256 amount)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, permitted, spender, nonce, deadline, witness));
        return keccak256(bytes.concat(hex"1901", IPermit2Domain(PERMIT2).DOMAIN_SEPARATOR(), structHash));
    }

    function permit2By(uint256 key, Channel memory channel, uint256 amount, uint256 nonce)
        internal
        view
        returns (bytes memory)
    {
        return signBytes(key, permit2Digest(channel, amount, nonce, NEVER));
    }
}
