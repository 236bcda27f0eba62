// SPDX-License-Identifier: MIT
// Deposits by the real Permit2: whose money moves, where to, and that a relayer can change nothing about it.
pragma solidity 0.8.37;

import {IPermit2} from "../../interfaces/IPermit2.sol";
import {IStateChannels} from "../../interfaces/IStateChannels.sol";
import {Channel, Status} from "../../types/Channel.sol";
import {ContractWallet} from "../HostileAccounts.sol";
import {FeeToken} from "../HostileTokens.sol";
import {Assets} from "../../libraries/Assets.sol";
import {vm} from "../Vm.sol";
import {Permit2Test} from "./Permit2Test.sol";

contract Permit2DepositsTest is Permit2Test {
    function test_a_deposit_by_permit2_moves_the_payers_money_whoever_relays_it() external {
        Channel memory channel = newChannel();
        bytes memory signature = permit2By(PAYER_KEY, channel, 60, 7);
        vm.expectEmit();
        emit IStateChannels.Opened(channels.channelId(channel), payer, PAYEE, channel, 60, payer);
        vm.prank(address(0xCAFE));
        channels.depositWithPermit2(channel, 60, 7, NEVER, signature);
        assertEq(stateOf(channel).deposit, 60, "deposit");
        assertEq(dollar.balanceOf(payer), 940, "payer's dollars");
        assertStatus(channel, Status.Open);
    }

    function test_it_tops_up_too_with_any_unused_nonce() external {
        Channel memory channel = newChannel();
        channels.depositWithPermit2(channel, 60, 2 ** 200, NEVER, permit2By(PAYER_KEY, channel, 60, 2 ** 200));
        channels.depositWithPermit2(channel, 40, 3, NEVER, permit2By(PAYER_KEY, channel, 40, 3));
        assertEq(stateOf(channel).deposit, 100, "deposit");
    }

    function test_a_relayer_cannot_send_it_into_another_channel_or_change_a_term() external {
        Channel memory channel = newChannel();
        bytes memory signature = permit2By(PAYER_KEY, channel, 60, 7);
        Channel memory redirected = newChannel();
        (redirected.payee, redirected.payeeSigner) = (address(0xBAD), vm.addr(THIEF_KEY));
        vm.expectRevert(InvalidSigner.selector);
        channels.depositWithPermit2(redirected, 60, 7, NEVER, signature);
        vm.expectRevert(InvalidSigner.selector);
        channels.depositWithPermit2(channel, 59, 7, NEVER, signature);
        vm.expectRevert(InvalidSigner.selector);
        channels.depositWithPermit2(channel, 60, 8, NEVER, signature);
        vm.expectRevert(InvalidSigner.selector);
        channels.depositWithPermit2(channel, 60, 7, NEVER - 1, signature);
        assertEq(dollar.balanceOf(payer), 1000, "payer's dollars");
    }

    function test_only_the_payers_signature_counts() external {
        Channel memory channel = newChannel();
        uint256[3] memory others = [PAYER_SIGNER_KEY, PAYEE_SIGNER_KEY, THIEF_KEY];
        for (uint256 i = 0; i < others.length; i++) {
            bytes memory forged = permit2By(others[i], channel, 60, 7);
            vm.expectRevert(InvalidSigner.selector);
            channels.depositWithPermit2(channel, 60, 7, NEVER, forged);
        }
    }

    function test_a_thief_cannot_use_the_signature_at_permit2_itself() external {
        Channel memory channel = newChannel();
        bytes memory signature = permit2By(PAYER_KEY, channel, 60, 7);
        bytes32 witness = keccak256(
            abi.encode(keccak256("DepositWitness(bytes32 channelId)"), channels.channelId(channel))
        );
        vm.prank(address(0xBAD));
        vm.expectRevert(InvalidSigner.selector);
        IPermit2(PERMIT2)
            .permitWitnessTransferFrom(
                IPermit2.PermitTransferFrom(IPermit2.TokenPermissions(address(dollar), 60), 7, NEVER),
                IPermit2.SignatureTransferDetails(address(0xBAD), 60),
                payer,
                witness,
                "DepositWitness witness)DepositWitness(bytes32 channelId)TokenPermissions(address token,uint256 amount)",
                signature
            );
    }

    function test_a_signature_for_another_spender_or_token_deposits_nothing() external {
        Channel memory channel = newChannel();
        bytes32 id = channels.channelId(channel);
        bytes memory otherSpender =
            signBytes(PAYER_KEY, permit2Digest(address(dollar), 60, address(this), 7, NEVER, id));
        bytes memory otherToken =
            signBytes(PAYER_KEY, permit2Digest(address(0x1234), 60, address(channels), 7, NEVER, id));
        vm.expectRevert(InvalidSigner.selector);
        channels.depositWithPermit2(channel, 60, 7, NEVER, otherSpender);
        vm.expectRevert(InvalidSigner.selector);
        channels.depositWithPermit2(channel, 60, 7, NEVER, otherToken);
    }

    function test_it_deposits_once_and_only_in_time() external {
        Channel memory channel = newChannel();
        bytes memory signature = permit2By(PAYER_KEY, channel, 60, 7);
        channels.depositWithPermit2(channel, 60, 7, NEVER, signature);
        vm.expectRevert(InvalidNonce.selector);
        channels.depositWithPermit2(channel, 60, 7, NEVER, signature);
        uint256 deadline = block.timestamp - 1;
        bytes memory late = signBytes(PAYER_KEY, permit2Digest(channel, 60, 8, deadline));
        vm.expectRevert(abi.encodeWithSelector(SignatureExpired.selector, deadline));
        channels.depositWithPermit2(channel, 60, 8, deadline, late);
        assertEq(stateOf(channel).deposit, 60, "deposit");
    }

    function test_compact_signatures_deposit_too() external {
        Channel memory channel = newChannel();
        channels.depositWithPermit2(channel, 60, 7, NEVER, compacted(permit2By(PAYER_KEY, channel, 60, 7)));
        assertEq(stateOf(channel).deposit, 60, "deposit");
    }

    function test_a_contract_account_deposits_by_its_own_signature_scheme() external {
        ContractWallet wallet = new ContractWallet(vm.addr(PAYER_KEY), vm.addr(THIEF_KEY));
        dollar.mint(address(wallet), 100);
        vm.prank(address(wallet));
        dollar.approve(PERMIT2, 100);
        Channel memory channel = newChannel();
        channel.payer = address(wallet);
        bytes memory first = permit2By(PAYER_KEY, channel, 60, 7);
        bytes memory second = permit2By(THIEF_KEY, channel, 60, 7);
        vm.expectRevert(InvalidContractSignature.selector);
        channels.depositWithPermit2(channel, 60, 7, NEVER, first);
        channels.depositWithPermit2(channel, 60, 7, NEVER, bytes.concat(first, second));
        assertEq(dollar.balanceOf(address(wallet)), 40, "wallet's dollars");
    }

    function test_a_payer_without_gas_approves_permit2_by_a_permit_that_anyone_may_hand_in() external {
        uint256 key = 0xFEED;
        address reader = vm.addr(key);
        dollar.mint(reader, 60);
        Channel memory channel = newChannel();
        channel.payer = reader;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, permitDigest(reader, PERMIT2, 60, NEVER));
        vm.prank(address(0xBAD));
        dollar.permit(reader, PERMIT2, 60, NEVER, v, r, s);
        channels.depositWithPermit2(channel, 60, 0, NEVER, permit2By(key, channel, 60, 0));
        assertEq(stateOf(channel).deposit, 60, "deposit");
        assertEq(reader.balance, 0, "gas money");
    }

    function test_a_fee_on_transfer_is_refused() external {
        FeeToken token = new FeeToken();
        token.mint(payer, 1000);
        vm.prank(payer);
        token.approve(PERMIT2, 1000);
        Channel memory channel = newChannel();
        channel.token = address(token);
        bytes memory signature = permit2By(PAYER_KEY, channel, 1000, 0);
        vm.expectRevert(abi.encodeWithSelector(Assets.InexactTransfer.selector, 1000, 0, 990));
        channels.depositWithPermit2(channel, 1000, 0, NEVER, signature);
    }

    function test_the_native_currency_has_no_permit2() external {
        Channel memory channel = newChannel();
        channel.token = address(0);
        vm.expectRevert(IStateChannels.TokenRequired.selector);
        channels.depositWithPermit2(channel, 60, 0, NEVER, new bytes(65));
    }

    function test_a_chain_without_permit2_refuses() external {
        Channel memory channel = newChannel();
        bytes memory signature = permit2By(PAYER_KEY, channel, 60, 7);
        vm.etch(PERMIT2, "");
        vm.expectRevert();
        channels.depositWithPermit2(channel, 60, 7, NEVER, signature);
        assertStatus(channel, Status.None);
    }
}
