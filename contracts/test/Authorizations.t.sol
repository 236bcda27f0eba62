// SPDX-License-Identifier: MIT
// Deposits by EIP-3009 in tokens other than the dollar: one that knows the standard's own form alone, and one that takes
// a fee.
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Assets} from "../libraries/Assets.sol";
import {Channel} from "../types/Channel.sol";
import {ChannelTest} from "./ChannelTest.sol";
import {UsdcLike} from "./RealTokens.sol";
import {TestDollar} from "./TestDollar.sol";
import {vm} from "./Vm.sol";

/// @notice Takes authorizations as `(v, r, s)` only, as the standard has it.
contract StandardToken is ERC20Permit, ERC3009 {
    constructor() ERC20("Standard", "STD") ERC20Permit("Standard") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice The same, and keeps one percent of every transfer.
contract FeeByAuthorizationToken is StandardToken {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0)) super._update(to, address(this), value / 100);
    }
}

/// @notice A wallet contract whose signature is its owner's, in 64 bytes and in no other form.
contract CompactWallet is IERC1271 {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 64) return 0xffffffff;
        address signer = ECDSA.recover(hash, bytes32(signature[:32]), bytes32(signature[32:]));
        return signer == _owner ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

contract AuthorizationsTest is ChannelTest {
    bytes32 private constant SALT = keccak256("deposit");

    function channelIn(StandardToken token) private returns (Channel memory channel, bytes memory signature) {
        channel = newChannel();
        channel.token = address(token);
        token.mint(payer, 1000);
        bytes32 id = channels.channelId(channel);
        bytes32 digest = authorizationDigest(TestDollar(address(token)), payer, 1000, id, SALT);
        signature = signBytes(PAYER_KEY, digest);
    }

    function test_a_token_of_the_standards_own_form_is_deposited_by_signatures_of_either_length() external {
        for (uint256 i = 0; i < 2; i++) {
            StandardToken token = new StandardToken();
            (Channel memory channel, bytes memory signature) = channelIn(token);
            if (i == 1) signature = compacted(signature);
            channels.depositWithAuthorization(channel, 1000, 0, NEVER, SALT, signature);
            assertEq(token.balanceOf(address(channels)), 1000, "contract");
            assertEq(stateOf(channel).deposit, 1000, "deposit");
        }
    }

    function test_a_fee_on_transfer_is_refused_here_too() external {
        FeeByAuthorizationToken token = new FeeByAuthorizationToken();
        (Channel memory channel, bytes memory signature) = channelIn(token);
        vm.expectRevert(abi.encodeWithSelector(Assets.InexactTransfer.selector, 1000, 0, 990));
        channels.depositWithAuthorization(channel, 1000, 0, NEVER, SALT, signature);
    }

    function test_64_bytes_of_an_account_with_code_reach_the_token_as_they_are() external {
        CompactWallet wallet = new CompactWallet(vm.addr(PAYER_KEY));
        UsdcLike token = new UsdcLike();
        token.mint(address(wallet), 1000);
        Channel memory channel = newChannel();
        (channel.payer, channel.token) = (address(wallet), address(token));
        bytes32 id = channels.channelId(channel);
        bytes32 digest = authorizationDigest(TestDollar(address(token)), address(wallet), 1000, id, SALT);
        bytes memory signature = compacted(signBytes(PAYER_KEY, digest));
        channels.depositWithAuthorization(channel, 1000, 0, NEVER, SALT, signature);
        assertEq(stateOf(channel).deposit, 1000, "deposit");
    }
}
