// SPDX-License-Identifier: MIT
// All that anyone may do, as steps of one contract for the fuzzer to choose from.
pragma solidity 0.8.37;

import {Endgame} from "./Endgame.sol";

/// @notice Plays one random step per call: honest and dishonest payers and payees, relayers, watchtowers, thieves, a
/// hostile token, recipients that refuse, burn or call back.
contract Player is Endgame {
    /// @dev Some money everywhere: a run that is short finds something to play with.
    constructor() {
        prepareReentry(0, 2);
        for (uint256 i = 0; i < _books.length; i++) {
            deposit(i, uint96(2000 + 500 * i), 1);
        }
    }
}
