// SPDX-License-Identifier: MIT
// Payouts that fail: nobody's inability to receive locks another, and nobody can call back in between.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Assets} from "../libraries/Assets.sol";
import {Channel, ClaimRow, Receipt, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {GasBurner, Glutton, NativeRefuser, Reentrant} from "./HostileAccounts.sol";
import {BlocklistToken, DearToken, FalseToken, HookToken} from "./HostileTokens.sol";
import {vm} from "./Vm.sol";

interface IMintable {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
}

contract PayoutsTest is ChannelTest {
    function openIn(address token, address payee, uint256 amount) private returns (Channel memory channel) {
        channel = newChannel();
        (channel.token, channel.payee) = (token, payee);
        if (token == address(0)) {
            vm.deal(address(this), amount);
            channels.deposit{value: amount}(channel, amount);
        } else {
            IMintable(token).mint(address(this), amount);
            IMintable(token).approve(address(channels), amount);
            channels.deposit(channel, amount);
        }
    }

    function test_a_blocked_payee_does_not_lock_the_payer_and_is_paid_once_unblocked() external {
        BlocklistToken token = new BlocklistToken();
        Channel memory channel = openIn(address(token), PAYEE, 100);
        token.setBlocked(PAYEE, true);
        vm.expectEmit();
        emit IStateChannels.PayoutHeld(address(token), PAYEE, 40);
        closeAt(channel, 40);
        assertEq(token.balanceOf(payer), 60, "payer");
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 40, "held");

        vm.expectRevert(
            abi.encodeWithSelector(IStateChannels.UndeliverablePayout.selector, address(token), PAYEE)
        );
        channels.withdraw(address(token), PAYEE);
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 40, "still held");

        token.setBlocked(PAYEE, false);
        vm.prank(address(0xCAFE));
        channels.withdraw(address(token), PAYEE);
        assertEq(token.balanceOf(PAYEE), 40, "payee");
        vm.expectRevert(IStateChannels.NothingToWithdraw.selector);
        channels.withdraw(address(token), PAYEE);
    }

    function test_a_blocked_payer_does_not_stop_the_payee() external {
        BlocklistToken token = new BlocklistToken();
        Channel memory channel = openIn(address(token), PAYEE, 100);
        token.setBlocked(payer, true);
        closeAt(channel, 40);
        assertEq(token.balanceOf(PAYEE), 40, "payee");
        assertEq(channels.pendingWithdrawal(address(token), payer), 60, "held");
    }

    function test_claims_secure_the_money_of_a_payee_that_cannot_receive_before_the_payer_exits() external {
        BlocklistToken token = new BlocklistToken();
        Channel memory channel = openIn(address(token), PAYEE, 100);
        token.setBlocked(PAYEE, true);
        claimUpTo(channel, 10);
        claimUpTo(channel, 30);
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 30, "held");
        exitAfterDelay(channel);
        assertEq(token.balanceOf(payer), 70, "payer");
        assertEq(token.balanceOf(address(channels)), 30, "contract");
    }

    function testFuzz_what_is_held_for_an_owner_adds_up_to_the_unit(uint96[4] memory deposits, uint96[4] memory totals)
        external
    {
        BlocklistToken token = new BlocklistToken();
        token.setBlocked(PAYEE, true);
        token.setBlocked(payer, true);
        uint256 forPayee;
        uint256 forPayer;
        for (uint256 i = 0; i < deposits.length; i++) {
            uint96 amount = deposits[i] == 0 ? 1 : deposits[i];
            uint96 total = totals[i] > amount ? amount : totals[i];
            Channel memory channel = openIn(address(token), PAYEE, amount);
            claimUpTo(channel, total / 2);
            closeAt(channel, total);
            forPayee += total;
            forPayer += amount - total;
            assertEq(channels.pendingWithdrawal(address(token), PAYEE), forPayee, "held for the payee");
            assertEq(channels.pendingWithdrawal(address(token), payer), forPayer, "held for the payer");
            assertEq(token.balanceOf(address(channels)), forPayee + forPayer, "contract");
        }
        token.setBlocked(PAYEE, false);
        token.setBlocked(payer, false);
        if (forPayee != 0) channels.withdraw(address(token), PAYEE);
        if (forPayer != 0) channels.withdraw(address(token), payer);
        assertEq(token.balanceOf(PAYEE), forPayee, "payee");
        assertEq(token.balanceOf(payer), forPayer, "payer");
        assertEq(token.balanceOf(address(channels)), 0, "nothing left");
    }

    function test_a_token_that_answers_false_has_not_paid() external {
        FalseToken token = new FalseToken();
        Channel memory channel = openIn(address(token), PAYEE, 100);
        token.setOff(true);
        claimUpTo(channel, 40);
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 40, "held");
        token.setOff(false);
        channels.withdraw(address(token), PAYEE);
        assertEq(token.balanceOf(PAYEE), 40, "payee");
    }

    function test_native_currency_pays_both_and_waits_for_who_refuses_it() external {
        NativeRefuser refuser = new NativeRefuser();
        Channel memory channel = openIn(address(0), address(refuser), 100);
        closeAt(channel, 40);
        assertEq(payer.balance, 60, "payer");
        assertEq(channels.pendingWithdrawal(address(0), address(refuser)), 40, "held");
        refuser.setAccepts(true);
        channels.withdraw(address(0), address(refuser));
        assertEq(address(refuser).balance, 40, "payee");
        assertEq(address(channels).balance, 0, "contract");
    }

    function test_a_recipient_that_burns_all_gas_does_not_starve_the_other() external {
        Channel memory channel = openIn(address(0), address(new GasBurner()), 100);
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, channel, 40, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, channel, 40, NEVER);
        channels.closeCooperative{gas: 300_000}(channel, 40, NEVER, byPayer, byPayee);
        assertEq(payer.balance, 60, "payer");
        assertEq(channels.pendingWithdrawal(address(0), channel.payee), 40, "held");
    }

    function test_a_recipient_that_needs_much_gas_is_paid_by_who_brings_it() external {
        Glutton glutton = new Glutton();
        Channel memory channel = openIn(address(0), address(glutton), 100);
        closeAt(channel, 40);
        assertEq(payer.balance, 60, "payer");
        assertEq(channels.pendingWithdrawal(address(0), address(glutton)), 40, "held");
        channels.withdraw{gas: 1_000_000}(address(0), address(glutton));
        assertEq(address(glutton).balance, 40, "payee");
        assertEq(glutton.entries(), 10, "its own code ran");
    }

    function test_withdrawing_with_too_little_gas_leaves_everything_held() external {
        Glutton glutton = new Glutton();
        Channel memory channel = openIn(address(0), address(glutton), 100);
        closeAt(channel, 40);
        vm.expectRevert(Assets.InsufficientGas.selector);
        channels.withdraw{gas: 150_000}(address(0), address(glutton));
        assertEq(channels.pendingWithdrawal(address(0), address(glutton)), 40, "still held");
    }

    /// @dev A relayer that gives too little gas must fail as a whole, never turn a good payout into a held one.
    function testFuzz_too_little_gas_never_turns_a_payout_into_a_held_one(uint256 gasLimit) external {
        gasLimit = 30_000 + gasLimit % 200_000;
        Channel memory channel = openIn(address(dollar), PAYEE, 100);
        ClaimRow[] memory rows = new ClaimRow[](1);
        rows[0] = rowOf(channel, 40);
        try channels.claim{gas: gasLimit}(termsOf(channel), rows) {
            assertEq(dollar.balanceOf(PAYEE), 40, "payee");
        } catch {
            assertStatus(channel, Status.Open);
            assertEq(stateOf(channel).settled, 0, "settled");
        }
        assertEq(channels.pendingWithdrawal(address(dollar), PAYEE), 0, "held");
    }

    /// @dev Where something of the same owner was held or withdrawn before in the same transaction, as here or by
    /// `multicall`, holding more costs next to nothing: what the push has left would do to record its failure.
    function testFuzz_too_little_gas_holds_no_payout_of_a_dear_token_either(uint256 gasLimit) external {
        gasLimit = 100_000 + gasLimit % 1_000_000;
        DearToken token = new DearToken();
        Channel memory channel = openIn(address(token), PAYEE, 100);
        token.setBlocked(PAYEE, true);
        claimUpTo(channel, 10);
        token.setBlocked(PAYEE, false);
        ClaimRow[] memory rows = new ClaimRow[](1);
        rows[0] = rowOf(channel, 40);
        try channels.claim{gas: gasLimit}(termsOf(channel), rows) {
            assertEq(token.balanceOf(PAYEE), 30, "payee");
        } catch {
            assertEq(stateOf(channel).settled, 10, "settled");
        }
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 10, "held");
    }

    function test_a_paid_recipient_cannot_call_back_into_any_function_that_moves_money() external {
        Reentrant payee = new Reentrant();
        HookToken token = new HookToken();
        token.setHooked(address(payee));
        Channel memory other = openIn(address(token), PAYEE, 1000);
        ClaimRow[] memory rows = new ClaimRow[](1);
        rows[0] = rowOf(other, 500);
        bytes memory signature = new bytes(65);
        State memory state = State(1, 500, 0, 0);
        Receipt memory receipt = Receipt(1, 0, 1, 0);
        bytes[] memory nested = new bytes[](1);
        nested[0] = abi.encodeCall(channels.exit, (other));
        bytes[15] memory calls = [
            abi.encodeCall(channels.claim, (termsOf(other), rows)),
            abi.encodeCall(channels.deposit, (other, 1)),
            abi.encodeCall(channels.depositWithPermit, (other, 1, NEVER, signature)),
            abi.encodeCall(channels.depositWithPermit2, (other, 1, 0, NEVER, signature)),
            abi.encodeCall(channels.depositWithAuthorization, (other, 1, 0, NEVER, bytes32(0), signature)),
            abi.encodeCall(channels.refund, (other, 0, 1, NEVER, signature)),
            abi.encodeCall(channels.closeCooperative, (other, 1, NEVER, signature, signature)),
            abi.encodeCall(channels.requestExit, (other)),
            abi.encodeCall(channels.requestExitWithSignature, (other, NEVER, signature)),
            abi.encodeCall(channels.exit, (other)),
            abi.encodeCall(channels.startClose, (other, state, 1, signature)),
            abi.encodeCall(channels.challenge, (other, receipt, signature)),
            abi.encodeCall(channels.finalizeClose, (other)),
            abi.encodeCall(channels.withdraw, (address(token), address(payee))),
            abi.encodeCall(channels.multicall, (nested))
        ];
        Channel memory channel = openIn(address(token), address(payee), 1000);
        for (uint256 i = 0; i < calls.length; i++) {
            payee.prepare(address(channels), calls[i]);
            claimUpTo(channel, uint96(10 * (i + 1)));
            assertRepelled(payee);
        }
        assertEq(token.balanceOf(address(payee)), 10 * calls.length, "tokens");
        assertEq(token.balanceOf(PAYEE), 0, "the other payee");
    }

    function test_a_funder_cannot_call_back_while_its_tokens_are_pulled() external {
        Reentrant funder = new Reentrant();
        HookToken token = new HookToken();
        Channel memory channel = openIn(address(token), address(funder), 1000);
        token.mint(address(funder), 10);
        token.setHooked(address(funder));
        vm.prank(address(funder));
        token.approve(address(channels), 20);
        funder.prepare(address(channels), abi.encodeCall(channels.deposit, (channel, 10)));
        vm.prank(address(funder));
        channels.deposit(channel, 10);
        assertRepelled(funder);
        assertEq(stateOf(channel).deposit, 1010, "deposit");
        assertEq(token.balanceOf(address(channels)), 1010, "held");
    }

    function test_a_hook_that_reverts_delays_only_its_own_payout() external {
        NativeRefuser payee = new NativeRefuser(); // has no hook for tokens: being called reverts
        HookToken token = new HookToken();
        token.setHooked(address(payee));
        Channel memory channel = openIn(address(token), address(payee), 100);
        closeAt(channel, 40);
        assertEq(token.balanceOf(payer), 60, "payer");
        assertEq(channels.pendingWithdrawal(address(token), address(payee)), 40, "held");
    }

    function test_a_recipient_of_native_currency_cannot_call_back_either() external {
        Reentrant payee = new Reentrant();
        Channel memory channel = openIn(address(0), address(payee), 1000);
        payee.prepare(address(channels), abi.encodeCall(channels.withdraw, (address(0), address(payee))));
        claimUpTo(channel, 10);
        assertRepelled(payee);
        assertEq(address(payee).balance, 10, "native");
    }

    function assertRepelled(Reentrant payee) private view {
        require(payee.tried() && !payee.succeeded(), "called back");
        require(payee.reason() == IStateChannels.Reentrancy.selector, "not for reentrancy");
    }

    function test_the_insolvency_of_one_token_touches_no_other() external {
        BlocklistToken token = new BlocklistToken();
        Channel memory broken = openIn(address(token), PAYEE, 100);
        Channel memory sound = openChannel(100);
        token.setBlocked(address(channels), true);
        claimUpTo(broken, 40);
        claimUpTo(sound, 40);
        assertEq(dollar.balanceOf(PAYEE), 40, "payee's dollars");
        assertEq(channels.pendingWithdrawal(address(token), PAYEE), 40, "held");
    }
}
