// SPDX-License-Identifier: MIT
// Several calls in one transaction: all or none, as the caller, and without native currency.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel, ClaimRow, RowOutcome, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {vm} from "./Vm.sol";

contract MulticallTest is ChannelTest {
    function test_batches_of_different_tokens_or_payees_are_claimed_in_one_transaction() external {
        Channel memory first = openChannel(100);
        Channel memory second = newChannel();
        second.payee = address(0xFEE);
        fund(second, 100);
        ClaimRow[] memory firstRows = new ClaimRow[](1);
        ClaimRow[] memory secondRows = new ClaimRow[](1);
        (firstRows[0], secondRows[0]) = (rowOf(first, 40), rowOf(second, 30));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(channels.claim, (termsOf(first), firstRows));
        calls[1] = abi.encodeCall(channels.claim, (termsOf(second), secondRows));
        bytes[] memory results = channels.multicall(calls);
        (uint256 paid, RowOutcome[] memory outcomes) = abi.decode(results[1], (uint256, RowOutcome[]));
        assertEq(paid, 30, "result of the second");
        assertOutcome(outcomes[0], RowOutcome.Paid);
        assertEq(dollar.balanceOf(PAYEE), 40, "first payee");
        assertEq(dollar.balanceOf(address(0xFEE)), 30, "second payee");
    }

    function test_each_call_is_the_callers_own() external {
        Channel memory channel = openChannel(100);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(channels.requestExit, (channel));
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.NotPayer.selector, address(this)));
        channels.multicall(calls);
        vm.prank(payer);
        channels.multicall(calls);
        assertStatus(channel, Status.Exiting);
    }

    function test_the_first_failure_undoes_all_and_tells_its_reason() external {
        Channel memory channel = openChannel(100);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(channels.requestExit, (channel));
        calls[1] = abi.encodeCall(channels.finalizeClose, (channel));
        vm.expectRevert(wrongStatus(channel, Status.Exiting));
        vm.prank(payer);
        channels.multicall(calls);
        assertStatus(channel, Status.Open);
    }

    function test_no_native_currency_comes_in_and_none_is_counted_twice() external {
        Channel memory channel = newChannel();
        channel.token = address(0);
        vm.deal(address(this), 10);
        channels.deposit{value: 5}(channel, 5); // money of others is there to be counted again
        bytes[] memory calls = new bytes[](2);
        calls[0] = calls[1] = abi.encodeCall(channels.deposit, (channel, 5));
        (bool paid,) = address(channels).call{value: 5}(abi.encodeCall(channels.multicall, (calls)));
        require(!paid, "a multicall was paid");
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongValue.selector, 5, 0));
        channels.multicall(calls);
        assertEq(stateOf(channel).deposit, 5, "deposit");
    }

    function test_calls_in_a_row_are_no_reentrancy_also_when_nested() external {
        Channel memory channel = openChannel(100);
        bytes[] memory inner = new bytes[](2);
        bytes[] memory outer = new bytes[](2);
        inner[0] = abi.encodeCall(channels.requestExit, (channel));
        bytes memory signature = refundBy(PAYEE_SIGNER_KEY, channel, 0, 10, NEVER);
        inner[1] = abi.encodeCall(channels.refund, (channel, 0, 10, NEVER, signature));
        outer[0] = abi.encodeCall(channels.multicall, (inner));
        ClaimRow[] memory rows = new ClaimRow[](1);
        rows[0] = rowOf(channel, 40);
        outer[1] = abi.encodeCall(channels.claim, (termsOf(channel), rows));
        vm.prank(payer);
        channels.multicall(outer);
        assertEq(dollar.balanceOf(PAYEE), 40, "payee");
        assertEq(dollar.balanceOf(payer), 10, "payer");
        assertStatus(channel, Status.Exiting);
    }
}
