// SPDX-License-Identifier: MIT
// Paying in: who may, with what, and what is refused.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Assets} from "../libraries/Assets.sol";
import {Channel, ChannelState, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {ContractWallet} from "./HostileAccounts.sol";
import {FalseToken, FeeToken, SilentToken} from "./HostileTokens.sol";
import {TestDollar} from "./TestDollar.sol";
import {vm} from "./Vm.sol";

contract DepositsTest is ChannelTest {
    bytes32 private constant SALT = keccak256("deposit");

    function authorizationBy(uint256 key, address from, Channel memory channel, uint256 amount)
        private
        view
        returns (bytes memory)
    {
        return signBytes(key, authorizationDigest(dollar, from, amount, channels.channelId(channel), SALT));
    }

    function test_the_first_deposit_opens_and_announces_the_whole_channel() external {
        Channel memory channel = newChannel();
        dollar.mint(address(this), 100);
        dollar.approve(address(channels), 100);
        vm.expectEmit();
        emit IStateChannels.Opened(channels.channelId(channel), payer, PAYEE, channel, 100, address(this));
        channels.deposit(channel, 100);

        ChannelState memory state = stateOf(channel);
        assertEq(state.deposit, 100, "deposit");
        assertEq(state.settled, 0, "settled");
        assertEq(state.exitAt, 0, "exitAt");
        assertStatus(channel, Status.Open);
    }

    function testFuzz_deposits_add_up(uint96 first, uint96 second) external {
        vm.assume(first > 0 && second > 0 && uint256(first) + second <= type(uint96).max);
        Channel memory channel = openChannel(first);
        fund(channel, second);
        assertEq(stateOf(channel).deposit, uint256(first) + second, "deposit");
        assertEq(dollar.balanceOf(address(channels)), uint256(first) + second, "held");
    }

    function test_more_than_96_bits_are_refused_at_once_and_in_sum() external {
        Channel memory channel = newChannel();
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.AmountTooLarge.selector, uint256(2 ** 96)));
        channels.deposit(channel, 2 ** 96);

        fund(channel, type(uint96).max);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.AmountTooLarge.selector, uint256(2 ** 96)));
        channels.deposit(channel, 1);
    }

    function test_nothing_cannot_be_deposited() external {
        Channel memory channel = newChannel();
        vm.expectRevert(IStateChannels.ZeroAmount.selector);
        channels.deposit(channel, 0);
    }

    function test_native_currency_must_match_and_never_comes_with_a_token() external {
        vm.deal(address(this), 10);
        Channel memory channel = newChannel();
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongValue.selector, 0, 1));
        channels.deposit{value: 1}(channel, 5);

        channel.token = address(0);
        vm.expectRevert(abi.encodeWithSelector(IStateChannels.WrongValue.selector, 5, 4));
        channels.deposit{value: 4}(channel, 5);

        channels.deposit{value: 5}(channel, 5);
        assertEq(address(channels).balance, 5, "held");
        assertEq(stateOf(channel).deposit, 5, "deposit");
    }

    function test_terms_outside_the_bounds_open_nothing() external {
        Channel memory channel = newChannel();
        channel.exitDelay = 1 days - 1;
        refuses(channel, abi.encodeWithSelector(IStateChannels.ExitDelayOutOfBounds.selector, 1 days - 1));
        channel.exitDelay = 30 days + 1;
        refuses(channel, abi.encodeWithSelector(IStateChannels.ExitDelayOutOfBounds.selector, 30 days + 1));

        channel = newChannel();
        channel.challengePeriod = 1 hours - 1;
        refuses(channel, abi.encodeWithSelector(IStateChannels.ChallengePeriodOutOfBounds.selector, 1 hours - 1));
        channel.challengePeriod = 7 days + 1;
        refuses(channel, abi.encodeWithSelector(IStateChannels.ChallengePeriodOutOfBounds.selector, 7 days + 1));
    }

    function test_terms_at_the_bounds_open() external {
        Channel memory channel = newChannel();
        (channel.exitDelay, channel.challengePeriod) = (1 days, 1 hours);
        fund(channel, 1);
        assertStatus(channel, Status.Open);
        (channel.exitDelay, channel.challengePeriod) = (30 days, 7 days);
        fund(channel, 1);
        assertStatus(channel, Status.Open);
    }

    function test_parties_and_signers_must_be_real_and_signers_different() external {
        Channel memory channel = newChannel();
        channel.payer = address(0);
        refuses(channel, abi.encodeWithSelector(IStateChannels.InvalidParty.selector, address(0)));
        channel = newChannel();
        channel.payee = address(0);
        refuses(channel, abi.encodeWithSelector(IStateChannels.InvalidParty.selector, address(0)));
        channel = newChannel();
        channel.payee = address(channels);
        refuses(channel, abi.encodeWithSelector(IStateChannels.InvalidParty.selector, address(channels)));

        channel = newChannel();
        channel.payerSigner = address(0);
        refuses(channel, IStateChannels.InvalidSigners.selector);
        channel = newChannel();
        channel.payeeSigner = address(0);
        refuses(channel, IStateChannels.InvalidSigners.selector);
        channel = newChannel();
        channel.payeeSigner = channel.payerSigner;
        refuses(channel, IStateChannels.InvalidSigners.selector);
    }

    function refuses(Channel memory channel, bytes memory reason) private {
        vm.expectRevert(reason);
        channels.deposit(channel, 1);
    }

    function refuses(Channel memory channel, bytes4 selector) private {
        refuses(
            channel, abi.encodeWithSelector(selector, channel.payerSigner, channel.payeeSigner)
        );
    }

    function test_a_deposit_takes_the_callers_money_never_the_payers_standing_approval() external {
        Channel memory channel = newChannel();
        dollar.mint(payer, 100);
        vm.prank(payer);
        dollar.approve(address(channels), type(uint256).max);
        // A thief names the payer in a channel of the thief's own making.
        channel.payee = address(this);
        vm.expectRevert();
        channels.deposit(channel, 100);
        assertEq(dollar.balanceOf(payer), 100, "payer's dollars");
    }

    function test_an_authorized_deposit_moves_the_payers_money_whoever_relays_it() external {
        Channel memory channel = newChannel();
        dollar.mint(payer, 100);
        bytes memory signature = authorizationBy(PAYER_KEY, payer, channel, 60);
        vm.prank(address(0xCAFE));
        channels.depositWithAuthorization(channel, 60, 0, NEVER, SALT, signature);
        assertEq(stateOf(channel).deposit, 60, "deposit");
        assertEq(dollar.balanceOf(payer), 40, "payer's dollars");
    }

    function test_a_relayer_cannot_send_an_authorized_deposit_into_another_channel() external {
        Channel memory channel = newChannel();
        dollar.mint(payer, 100);
        bytes memory signature = authorizationBy(PAYER_KEY, payer, channel, 60);
        Channel memory redirected = newChannel();
        (redirected.payee, redirected.payeeSigner) = (address(0xBAD), vm.addr(THIEF_KEY));
        vm.expectRevert(TestDollar.InvalidSignature.selector);
        channels.depositWithAuthorization(redirected, 60, 0, NEVER, SALT, signature);
        vm.expectRevert(TestDollar.InvalidSignature.selector);
        channels.depositWithAuthorization(channel, 60, 0, NEVER, keccak256("another salt"), signature);
        assertEq(dollar.balanceOf(payer), 100, "payer's dollars");
    }

    function test_an_authorization_deposits_once() external {
        Channel memory channel = newChannel();
        dollar.mint(payer, 100);
        bytes memory signature = authorizationBy(PAYER_KEY, payer, channel, 50);
        channels.depositWithAuthorization(channel, 50, 0, NEVER, SALT, signature);
        bytes32 nonce = keccak256(abi.encode(channels.channelId(channel), SALT));
        vm.expectRevert(abi.encodeWithSelector(TestDollar.AuthorizationAlreadyUsed.selector, payer, nonce));
        channels.depositWithAuthorization(channel, 50, 0, NEVER, SALT, signature);
        assertEq(stateOf(channel).deposit, 50, "deposit");
    }

    function test_compact_signatures_authorize_too() external {
        Channel memory channel = newChannel();
        dollar.mint(payer, 100);
        bytes memory signature = compacted(authorizationBy(PAYER_KEY, payer, channel, 50));
        channels.depositWithAuthorization(channel, 50, 0, NEVER, SALT, signature);
        assertEq(stateOf(channel).deposit, 50, "deposit");
    }

    function test_a_contract_account_deposits_by_its_own_signature_scheme() external {
        ContractWallet wallet = new ContractWallet(vm.addr(PAYER_KEY), vm.addr(THIEF_KEY));
        Channel memory channel = newChannel();
        channel.payer = address(wallet);
        dollar.mint(address(wallet), 100);
        bytes memory first = authorizationBy(PAYER_KEY, address(wallet), channel, 50);
        bytes memory second = authorizationBy(THIEF_KEY, address(wallet), channel, 50);

        vm.expectRevert(TestDollar.InvalidSignature.selector);
        channels.depositWithAuthorization(channel, 50, 0, NEVER, SALT, bytes.concat(first, first));
        vm.expectRevert(TestDollar.InvalidSignature.selector);
        channels.depositWithAuthorization(channel, 50, 0, NEVER, SALT, compacted(first));

        channels.depositWithAuthorization(channel, 50, 0, NEVER, SALT, bytes.concat(first, second));
        assertEq(stateOf(channel).deposit, 50, "deposit");
        assertEq(dollar.balanceOf(address(wallet)), 50, "wallet's dollars");
    }

    function test_the_native_currency_has_no_authorizations() external {
        Channel memory channel = newChannel();
        channel.token = address(0);
        vm.expectRevert(IStateChannels.TokenRequired.selector);
        channels.depositWithAuthorization(channel, 5, 0, NEVER, SALT, new bytes(65));
    }

    function test_a_fee_on_transfer_is_refused() external {
        FeeToken token = new FeeToken();
        token.mint(address(this), 1000);
        token.approve(address(channels), 1000);
        Channel memory channel = newChannel();
        channel.token = address(token);
        vm.expectRevert(abi.encodeWithSelector(Assets.InexactTransfer.selector, 1000, 0, 990));
        channels.deposit(channel, 1000);
    }

    function test_a_transfer_that_answers_false_is_refused() external {
        FalseToken token = new FalseToken();
        token.mint(address(this), 1000);
        token.approve(address(channels), 1000);
        token.setOff(true);
        Channel memory channel = newChannel();
        channel.token = address(token);
        vm.expectRevert(abi.encodeWithSelector(Assets.InexactTransfer.selector, 1000, 0, 0));
        channels.deposit(channel, 1000);
    }

    function test_a_token_that_answers_nothing_works() external {
        SilentToken token = new SilentToken();
        token.mint(address(this), 1000);
        token.approve(address(channels), 1000);
        Channel memory channel = newChannel();
        channel.token = address(token);
        channels.deposit(channel, 1000);
        claimUpTo(channel, 400);
        exitAfterDelay(channel);
        assertEq(token.balanceOf(PAYEE), 400, "payee");
        assertEq(token.balanceOf(payer), 600, "payer");
    }

    function test_an_address_without_code_is_no_token() external {
        Channel memory channel = newChannel();
        channel.token = address(0x1234);
        vm.expectRevert();
        channels.deposit(channel, 1000);
    }

    function test_an_exiting_channel_takes_gifts_and_keeps_its_date() external {
        Channel memory channel = openChannel(10);
        vm.prank(payer);
        channels.requestExit(channel);
        uint256 exitAt = stateOf(channel).exitAt;
        vm.warp(block.timestamp + 3 days);
        fund(channel, 5);
        assertEq(stateOf(channel).exitAt, exitAt, "exitAt");
        assertEq(stateOf(channel).deposit, 15, "deposit");
        assertStatus(channel, Status.Exiting);
    }
}
