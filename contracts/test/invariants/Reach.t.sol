// SPDX-License-Identifier: MIT
// That the play behind the invariants gets somewhere: a step that never succeeds, or a theft that fails for another reason
// than that it is one, would keep every invariant and prove nothing.
pragma solidity 0.8.37;

import {Player} from "./Player.sol";

contract ReachTest {
    // Steps as an invariant is searched by default. Channels are soon over, so that one long play is of no use.
    uint256 private constant PLAYS = 64;
    uint256 private constant STEPS = 60;
    Player private _player;

    function test_random_plays_reach_every_call_and_every_theft() external {
        string[27] memory all = [
            "deposit",
            "authorized deposit",
            "redirected deposit refused",
            "claim",
            "forged row skipped",
            "malformed row skipped",
            "old state shown",
            "refund",
            "cooperative close",
            "close at once",
            "close",
            "honest close",
            "honest close shown a receipt",
            "challenge",
            "finalized close",
            "exit request",
            "relayed exit request",
            "exit",
            "withdrawal",
            "withdrawal not yet possible",
            "refund shown again",
            "state shown elsewhere in a claim",
            "state shown elsewhere in a close",
            "receipt shown elsewhere",
            "exit request shown elsewhere",
            "state shown in another contract",
            "state shown on another chain"
        ];
        uint256[27] memory times;
        uint256 calledBack;
        for (uint256 p = 0; p < PLAYS; p++) {
            _player = new Player();
            for (uint256 i = 0; i < STEPS; i++) {
                play(uint256(keccak256(abi.encode(p, i))));
            }
            for (uint256 i = 0; i < all.length; i++) {
                times[i] += _player.times(all[i]);
            }
            if (_player.reentrant().tried()) calledBack++;
            require(bytes(_player.wrong()).length == 0, _player.wrong());
        }
        string memory missing;
        for (uint256 i = 0; i < all.length; i++) {
            if (times[i] == 0) missing = string.concat(missing, ", ", all[i]);
        }
        if (calledBack == 0) missing = string.concat(missing, ", called back");
        require(bytes(missing).length == 0, string.concat("never", missing));
    }

    /// @dev One step with arguments of any size that its types allow.
    function play(uint256 random) private {
        (uint256 a, uint256 b, uint256 c) = (random >> 8, random >> 24, random >> 40);
        (uint8 small, bool yes) = (uint8(random >> 136), (random >> 144) & 1 == 1);
        uint256 step = uint8(random) % 26;
        if (step == 0) _player.deposit(a, uint96(b), small);
        else if (step == 1) _player.depositAuthorized(a, uint64(b), c, yes);
        else if (step <= 3) _player.signState(a, uint96(b), uint96(c), uint64(random));
        else if (step <= 5) _player.buy(a, uint96(b), uint96(c), yes);
        else if (step == 6) _player.claim(a, b, c);
        else if (step == 7) _player.refund(a, uint96(b), yes);
        else if (step == 8) _player.closeCooperative(a, uint96(b), small);
        else if (step == 9) _player.startClose(a, b, uint96(c));
        else if (step == 10) _player.closeHonestly(a, small);
        else if (step == 11) _player.challenge(a, uint96(b), yes, small % 2 == 1);
        else if (step == 12) _player.challengeHonest(a, b);
        else if (step == 13) _player.finalizeClose(a);
        else if (step == 14) _player.requestExit(a, uint8(b), small);
        else if (step == 15) _player.exit(a);
        else if (step == 16) _player.replay(a, b, c);
        else if (step == 17) _player.replayElsewhere(a, b, yes);
        else if (step == 18) _player.showOldState(a, b);
        else if (step == 19) _player.withdraw(a, yes);
        else if (step == 20) _player.passTo(a, yes);
        else if (step == 21) _player.pass(uint32(a));
        else if (step == 22) _player.setBlocked(uint8(a));
        else if (step == 23) _player.setAccepting(yes);
        else if (step == 24) _player.setMood(uint8(a), b, c);
        else _player.prepareReentry(a, b);
    }
}
