// SPDX-License-Identifier: MIT
// The base of the invariants: a world, and the only contract that the fuzzer may call.
pragma solidity 0.8.37;

import {vm} from "../Vm.sol";
import {Player} from "./Player.sol";

abstract contract InvariantTest {
    Player internal _player;

    function setUp() external {
        _player = new Player();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_player);
    }

    /// @dev What the steps noted: a call that went through although it should not have, or the other way round.
    function requireNothingWrong() internal view {
        string memory wrong = _player.wrong();
        require(bytes(wrong).length == 0, wrong);
    }
}
