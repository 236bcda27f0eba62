// SPDX-License-Identifier: MIT
// Deposits with an EIP-2612 permit: one transaction of the owner, and nothing in it for a thief.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {DaiLike, Weth9Like} from "./RealTokens.sol";
import {vm} from "./Vm.sol";

contract PermitsTest is ChannelTest {
    function setUp() public override {
        super.setUp();
        dollar.mint(payer, 100);
    }

    function permitBy(uint256 key, uint256 amount) private view returns (bytes memory) {
        return signBytes(key, permitDigest(payer, address(channels), amount, NEVER));
    }

    function test_a_permit_and_a_deposit_are_one_transaction_of_the_owner() external {
        Channel memory channel = newChannel();
        bytes memory signature = permitBy(PAYER_KEY, 60);
        vm.expectEmit();
        emit IStateChannels.Opened(channels.channelId(channel), payer, PAYEE, channel, 60, payer);
        vm.prank(payer);
        channels.depositWithPermit(channel, 60, NEVER, signature);
        assertEq(dollar.balanceOf(payer), 40, "payer's dollars");
        assertEq(dollar.allowance(payer, address(channels)), 0, "allowance left");
    }

    function test_a_compact_permit_serves_too() external {
        Channel memory channel = newChannel();
        bytes memory signature = compacted(permitBy(PAYER_KEY, 60));
        vm.prank(payer);
        channels.depositWithPermit(channel, 60, NEVER, signature);
        assertEq(stateOf(channel).deposit, 60, "deposit");
    }

    function test_a_permit_that_a_thief_hands_in_first_does_no_harm() external {
        Channel memory channel = newChannel();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(PAYER_KEY, permitDigest(payer, address(channels), 60, NEVER));
        vm.prank(address(0xBAD));
        dollar.permit(payer, address(channels), 60, NEVER, v, r, s);
        vm.prank(payer);
        channels.depositWithPermit(channel, 60, NEVER, abi.encodePacked(r, s, v));
        assertEq(stateOf(channel).deposit, 60, "deposit");
    }

    function test_a_stolen_permit_opens_no_channel_of_the_thief() external {
        Channel memory channel = newChannel();
        (channel.payee, channel.payeeSigner) = (address(0xBAD), vm.addr(THIEF_KEY));
        bytes memory signature = permitBy(PAYER_KEY, 60);
        vm.expectRevert();
        vm.prank(address(0xBAD));
        channels.depositWithPermit(channel, 60, NEVER, signature);

        // Not with an allowance that the owner left standing either.
        vm.prank(payer);
        dollar.approve(address(channels), type(uint256).max);
        vm.expectRevert();
        vm.prank(address(0xBAD));
        channels.depositWithPermit(channel, 60, NEVER, signature);
        assertEq(dollar.balanceOf(payer), 100, "payer's dollars");
    }

    function test_a_wrong_permit_without_an_allowance_deposits_nothing() external {
        Channel memory channel = newChannel();
        bytes[3] memory wrong = [permitBy(THIEF_KEY, 60), permitBy(PAYER_KEY, 59), new bytes(3)];
        for (uint256 i = 0; i < wrong.length; i++) {
            vm.expectRevert();
            vm.prank(payer);
            channels.depositWithPermit(channel, 60, NEVER, wrong[i]);
        }
        assertEq(stateOf(channel).deposit, 0, "deposit");
    }

    /// @dev WETH9 answers any call that it does not know, `permit` included, as if all were well.
    function test_a_token_that_swallows_permits_gives_a_thief_nothing() external {
        Weth9Like weth = new Weth9Like();
        vm.deal(payer, 100);
        vm.prank(payer);
        weth.deposit{value: 100}();
        vm.prank(payer);
        weth.approve(address(channels), type(uint256).max);
        Channel memory channel = newChannel();
        channel.token = address(weth);
        (channel.payee, channel.payeeSigner) = (address(0xBAD), vm.addr(THIEF_KEY));
        vm.expectRevert();
        vm.prank(address(0xBAD));
        channels.depositWithPermit(channel, 60, NEVER, new bytes(65));
        assertEq(weth.balanceOf(payer), 100, "payer's WETH");

        // For the owner of the allowance the call is a plain deposit.
        vm.prank(payer);
        channels.depositWithPermit(channel, 60, NEVER, new bytes(65));
        assertEq(stateOf(channel).deposit, 60, "deposit");
    }

    function test_dai_is_deposited_on_its_own_permit_handed_in_before() external {
        DaiLike dai = new DaiLike();
        dai.mint(payer, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(PAYER_KEY, dai.permitDigest(payer, address(channels), 0, 0, true));
        Channel memory channel = newChannel();
        channel.token = address(dai);

        // DAI does not know EIP-2612, so this is a deposit without an allowance.
        vm.expectRevert(DaiLike.InsufficientAllowance.selector);
        vm.prank(payer);
        channels.depositWithPermit(channel, 1e18, NEVER, abi.encodePacked(r, s, v));

        dai.permit(payer, address(channels), 0, 0, true, v, r, s);
        vm.prank(payer);
        channels.deposit(channel, 1e18);
        assertEq(stateOf(channel).deposit, 1e18, "deposit");

        // The permit of DAI is unlimited and stays: a thief cannot use it.
        vm.expectRevert(DaiLike.InsufficientBalance.selector);
        vm.prank(address(0xBAD));
        channels.deposit(channel, 1e18);
        assertEq(dai.balanceOf(payer), 4e18, "payer's DAI");
    }

    function test_the_native_currency_has_no_permits() external {
        Channel memory channel = newChannel();
        channel.token = address(0);
        vm.expectRevert(IStateChannels.TokenRequired.selector);
        channels.depositWithPermit(channel, 5, NEVER, new bytes(65));
    }
}
