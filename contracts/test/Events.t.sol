// SPDX-License-Identifier: MIT
// What others learn from the chain alone: every act leaves the event that tells all of it.
pragma solidity 0.8.37;

import {IStateChannels} from "../interfaces/IStateChannels.sol";
import {Channel} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {BlocklistToken} from "./HostileTokens.sol";
import {vm} from "./Vm.sol";

contract EventsTest is ChannelTest {
    function test_opening_and_topping_up_tell_sum_total_and_funder() external {
        Channel memory channel = newChannel();
        bytes32 id = channels.channelId(channel);
        dollar.mint(address(this), 100);
        dollar.approve(address(channels), 100);
        vm.expectEmit();
        emit IStateChannels.Opened(id, payer, PAYEE, channel, 60, address(this));
        channels.deposit(channel, 60);
        vm.expectEmit();
        emit IStateChannels.ToppedUp(id, 40, 100, address(this));
        channels.deposit(channel, 40);
    }

    function test_an_authorized_deposit_tells_that_the_payer_funded_it_whoever_relayed_it() external {
        Channel memory channel = newChannel();
        bytes32 id = channels.channelId(channel);
        dollar.mint(payer, 60);
        bytes memory signature =
            signBytes(PAYER_KEY, authorizationDigest(dollar, payer, 60, id, keccak256("deposit")));
        vm.expectEmit();
        emit IStateChannels.Opened(id, payer, PAYEE, channel, 60, payer);
        vm.prank(address(0xCAFE));
        channels.depositWithAuthorization(channel, 60, 0, NEVER, keccak256("deposit"), signature);
    }

    function test_a_claim_tells_what_it_took_and_the_total() external {
        Channel memory channel = openChannel(100);
        claimUpTo(channel, 10);
        vm.expectEmit();
        emit IStateChannels.Claimed(channels.channelId(channel), 20, 30);
        claimUpTo(channel, 30);
    }

    function test_a_refund_tells_its_nonce_and_what_remains() external {
        Channel memory channel = openChannel(100);
        vm.expectEmit();
        emit IStateChannels.Refunded(channels.channelId(channel), 0, 30, 70);
        channels.refund(channel, 0, 30, NEVER, refundBy(PAYEE_SIGNER_KEY, channel, 0, 30, NEVER));
    }

    function test_a_request_to_exit_tells_when_however_it_came() external {
        for (uint256 i = 0; i < 2; i++) {
            Channel memory channel = openChannel(100);
            bytes memory signature = signBytes(PAYER_SIGNER_KEY, exitDigest(channel, NEVER));
            vm.expectEmit();
            emit IStateChannels.ExitRequested(channels.channelId(channel), uint40(block.timestamp + 7 days));
            if (i == 0) {
                channels.requestExitWithSignature(channel, NEVER, signature);
            } else {
                vm.prank(payer);
                channels.requestExit(channel);
            }
        }
    }

    function test_a_payout_that_is_delivered_later_tells_whose_and_how_much() external {
        BlocklistToken token = new BlocklistToken();
        Channel memory channel = newChannel();
        channel.token = address(token);
        token.mint(address(this), 100);
        token.approve(address(channels), 100);
        channels.deposit(channel, 100);
        token.setBlocked(PAYEE, true);
        claimUpTo(channel, 40);
        token.setBlocked(PAYEE, false);
        vm.expectEmit();
        emit IStateChannels.Withdrawn(address(token), PAYEE, 40);
        channels.withdraw(address(token), PAYEE);
    }
}
