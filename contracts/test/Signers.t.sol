// SPDX-License-Identifier: MIT
// Who counts as a signer: keys for the two signer roles, accounts of any kind for the payer.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, ClaimRow, Receipt, RowOutcome, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {ContractWallet} from "./HostileAccounts.sol";
import {vm} from "./Vm.sol";

contract SignersTest is ChannelTest {
    State private _state = State({nonce: 1, owed: 60, earned: 40, credited: 0});

    /// @dev What a contract of the two owners would answer for as its own (ERC-1271).
    function byBoth(bytes32 digest) private pure returns (bytes memory) {
        return bytes.concat(signBytes(PAYER_KEY, digest), signBytes(THIEF_KEY, digest));
    }

    function wallet() private returns (address) {
        return address(new ContractWallet(vm.addr(PAYER_KEY), vm.addr(THIEF_KEY)));
    }

    function test_a_contract_in_the_role_of_the_payers_signer_signs_nothing() external {
        Channel memory channel = newChannel();
        channel.payerSigner = wallet();
        fund(channel, 100);
        bytes memory refusal = abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payerSigner);

        ClaimRow memory row = rowBy(PAYER_KEY, channel, _state);
        (, RowOutcome outcome) = claimRow(channel, row);
        assertOutcome(outcome, RowOutcome.InvalidSignature);

        bytes memory signature = byBoth(stateDigest(channel, _state));
        vm.expectRevert(refusal);
        vm.prank(PAYEE);
        channels.startClose(channel, _state, 50, signature);

        bytes32 typeHash = keccak256("CooperativeClose(bytes32 channelId,uint96 paid,uint40 deadline)");
        bytes32 digest = digestOf(keccak256(abi.encode(typeHash, channels.channelId(channel), 50, NEVER)));
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, channel, 50, NEVER);
        vm.expectRevert(refusal);
        channels.closeCooperative(channel, 50, NEVER, byBoth(digest), byPayee);

        signature = byBoth(exitDigest(channel, NEVER));
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, payer));
        channels.requestExitWithSignature(channel, NEVER, signature);

        // The payer is not locked in by it.
        exitAfterDelay(channel);
        assertEq(dollar.balanceOf(payer), 100, "payer");
    }

    function test_a_contract_in_the_role_of_the_payees_signer_signs_nothing() external {
        Channel memory channel = newChannel();
        channel.payeeSigner = wallet();
        fund(channel, 100);
        bytes memory refusal = abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payeeSigner);
        bytes32 id = channels.channelId(channel);

        bytes32 typeHash = keccak256("Refund(bytes32 channelId,uint32 refundNonce,uint96 amount,uint40 deadline)");
        bytes memory signature = byBoth(digestOf(keccak256(abi.encode(typeHash, id, 0, 10, NEVER))));
        vm.expectRevert(refusal);
        channels.refund(channel, 0, 10, NEVER, signature);

        startClose(channel, _state, 60);
        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: 1, ref: bytes32(0)});
        typeHash = keccak256("Receipt(bytes32 channelId,uint64 nonce,uint96 charged,uint96 credited,bytes32 ref)");
        signature = byBoth(digestOf(keccak256(abi.encode(typeHash, id, receipt))));
        vm.expectRevert(refusal);
        channels.challenge(channel, receipt, signature);
    }

    /// @dev Every function that takes a signature of a key takes both forms, and neither with a high s.
    function test_every_signature_counts_in_both_forms_and_never_with_a_high_s() external {
        Channel memory channel = openChannel(100);
        bytes memory signature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 10, NEVER);
        bytes memory twin = highS(signature);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payeeSigner));
        channels.refund(channel, 0, 10, NEVER, twin);
        channels.refund(channel, 0, 10, NEVER, compacted(signature));

        signature = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        twin = highS(signature);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payerSigner));
        vm.prank(PAYEE);
        channels.startClose(channel, _state, 60, twin);
        vm.prank(PAYEE);
        channels.startClose(channel, _state, 60, compacted(signature));

        Receipt memory receipt = Receipt({nonce: 1, charged: 0, credited: 1, ref: bytes32(0)});
        signature = receiptBy(PAYEE_SIGNER_KEY, channel, receipt);
        twin = highS(signature);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, channel.payeeSigner));
        channels.challenge(channel, receipt, twin);
        channels.challenge(channel, receipt, compacted(signature));
        assertStatus(channel, Status.Closed);

        Channel memory second = openChannel(100);
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, second, 40, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, second, 40, NEVER);
        twin = highS(byPayer);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, second.payerSigner));
        channels.closeCooperative(second, 40, NEVER, twin, byPayee);
        twin = highS(byPayee);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, second.payeeSigner));
        channels.closeCooperative(second, 40, NEVER, byPayer, twin);
        signature = signBytes(PAYER_KEY, exitDigest(second, NEVER));
        twin = highS(signature);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.InvalidSignature.selector, payer));
        channels.requestExitWithSignature(second, NEVER, twin);
        channels.requestExitWithSignature(second, NEVER, compacted(signature));
        channels.closeCooperative(second, 40, NEVER, compacted(byPayer), compacted(byPayee));
        assertStatus(second, Status.Closed);
    }

    /// @dev The other signature of the same key over the same digest.
    function highS(bytes memory signature) private pure returns (bytes memory) {
        (bytes32 r, uint256 vs) = abi.decode(compacted(signature), (bytes32, uint256));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        uint8 v = 28 - uint8(vs >> 255);
        return abi.encodePacked(r, order - (vs & (type(uint256).max >> 1)), v);
    }
}
