// SPDX-License-Identifier: MIT
// The same whole lives in every kind of money that people hold: nothing is lost, stuck or made on the way.
pragma solidity 0.8.37;

import {Channel, State, Status} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {BlocklistToken, HookToken, SilentToken} from "./HostileTokens.sol";
import {DaiLike, UsdcLike, Weth9Like} from "./RealTokens.sol";
import {vm} from "./Vm.sol";

interface IMoney {
    function approve(address spender, uint256 amount) external;
    function balanceOf(address account) external view returns (uint256);
}

/// @notice Takes part in every transfer, as ERC-777 recipients and wallets with code do, and minds its own business.
contract Bystander {
    uint256 public times;

    function tokensReceived(address, uint256) external {
        times++;
    }

    receive() external payable {
        times++;
    }
}

contract TokensTest is ChannelTest {
    uint256 private constant UNIT = 1e18;

    function test_a_life_in_a_token_as_usdc() external {
        UsdcLike token = new UsdcLike();
        token.mint(address(this), 1000 * UNIT);
        livesIn(address(token));
    }

    function test_a_life_in_a_token_as_usdt() external {
        SilentToken token = new SilentToken();
        token.mint(address(this), 1000 * UNIT);
        livesIn(address(token));
    }

    function test_a_life_in_a_token_as_dai() external {
        DaiLike token = new DaiLike();
        token.mint(address(this), 1000 * UNIT);
        livesIn(address(token));
    }

    function test_a_life_in_a_token_with_a_blocklist() external {
        BlocklistToken token = new BlocklistToken();
        token.mint(address(this), 1000 * UNIT);
        livesIn(address(token));
    }

    function test_a_life_in_a_token_that_calls_everyone_it_moves_to() external {
        HookToken token = new HookToken();
        token.mint(address(this), 1000 * UNIT);
        Bystander payee = new Bystander();
        token.setHooked(address(payee));
        livesIn(address(token), address(payee));
        require(payee.times() == 4, "a hook for each payout");
    }

    function test_a_life_in_weth() external {
        Weth9Like weth = new Weth9Like();
        vm.deal(address(this), 1000 * UNIT);
        weth.deposit{value: 1000 * UNIT}();
        livesIn(address(weth));
    }

    function test_a_life_in_the_native_currency() external {
        vm.deal(address(this), 1000 * UNIT);
        Bystander payee = new Bystander();
        livesIn(address(0), address(payee));
        require(payee.times() == 4, "each payout arrived");
    }

    function livesIn(address token) private {
        livesIn(token, PAYEE);
    }

    /// @dev Four channels of 100 each, one for each way to end, with a claim of 10 and a refund of 20 in the first.
    function livesIn(address token, address payee) private {
        if (token != address(0)) IMoney(token).approve(address(channels), 400 * UNIT);
        Channel[4] memory opened;
        for (uint256 i = 0; i < opened.length; i++) {
            opened[i] = newChannel();
            (opened[i].token, opened[i].payee) = (token, payee);
            channels.deposit{value: token == address(0) ? 40 * UNIT : 0}(opened[i], 40 * UNIT);
            channels.deposit{value: token == address(0) ? 60 * UNIT : 0}(opened[i], 60 * UNIT);
        }
        State memory state = State({nonce: 1, owed: uint96(50 * UNIT), earned: uint96(30 * UNIT), credited: 5});

        claimUpTo(opened[0], uint96(10 * UNIT));
        bytes memory signature = refundBy(PAYEE_SIGNER_KEY, opened[0], 0, uint96(20 * UNIT), NEVER);
        channels.refund(opened[0], 0, uint96(20 * UNIT), NEVER, signature);
        exitAfterDelay(opened[0]);

        closeAt(opened[1], uint96(40 * UNIT));

        startClose(opened[2], state, uint96(50 * UNIT));
        vm.warp(block.timestamp + 1 days);
        channels.finalizeClose(opened[2]);

        startClose(opened[3], state, uint96(50 * UNIT));
        claimUpTo(opened[3], uint96(30 * UNIT));
        challengeWith(opened[3], 6);

        for (uint256 i = 0; i < opened.length; i++) {
            assertStatus(opened[i], Status.Closed);
        }
        assertEq(balanceIn(token, payee), 130 * UNIT, "payee");
        assertEq(balanceIn(token, payer), 270 * UNIT, "payer");
        assertEq(balanceIn(token, address(channels)), 0, "contract");
        assertEq(balanceIn(token, address(this)), 600 * UNIT, "funder");
    }

    function balanceIn(address token, address account) private view returns (uint256) {
        return token == address(0) ? account.balance : IMoney(token).balanceOf(account);
    }
}
