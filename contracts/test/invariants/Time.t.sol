// SPDX-License-Identifier: MIT
// The invariants about time and order: what is promised for later is kept, and nobody can put it off. Those that try the
// future out do so for one channel after each step, and take it back.
pragma solidity 0.8.37;

import {ChannelState, PendingClose, Status} from "../../types/Channel.sol";
import {vm} from "../Vm.sol";
import {Books} from "./Books.sol";
import {InvariantTest} from "./InvariantTest.sol";

contract TimeInvariantsTest is InvariantTest {
    /// @dev Runs a check and undoes what it did.
    modifier triedOut() {
        uint256 snapshot = vm.snapshotState();
        _;
        requireNothingWrong();
        vm.revertToState(snapshot);
    }

    /// @dev Whose turn it is to be checked.
    function next() private view returns (uint256 i, Books.Summary memory b) {
        uint256 turn = _player.turn();
        i = turn % 4 == 0 ? turn / 4 % _player.count() : _player.last();
        b = _player.book(i);
    }

    function invariant_I5_every_payer_is_out_by_exit_delay_and_challenge_period() external triedOut {
        (uint256 i, Books.Summary memory b) = next();
        if (b.paidIn == 0 || b.closed) return;
        uint256 start = block.timestamp;
        uint256 left = b.paidIn - b.returned - b.taken;
        _player.getOut(i);
        require(_player.stateAt(i).status == Status.Closed, "I5: still locked in");
        if (b.closeDeadline != 0) {
            require(block.timestamp <= start + b.channel.challengePeriod, "I5: later than the challenge period");
        } else {
            require(block.timestamp <= start + b.channel.exitDelay, "I5: later than the exit delay");
            require(_player.book(i).returned == b.returned + left, "I5: not all of it");
        }
    }

    function invariant_I6_no_date_is_moved_once_it_is_set() external view {
        for (uint256 i = 0; i < _player.count(); i++) {
            Books.Summary memory b = _player.book(i);
            PendingClose memory pending = _player.pendingCloseAt(i);
            ChannelState memory state = _player.stateAt(i);
            require(state.exitAt == b.exitAt, "I6: the exit's date was moved");
            require(pending.deadline == b.closeDeadline, "I6: the close's deadline was moved");
            require((state.status == Status.Closing) == (b.closeDeadline != 0), "I6: status");
            require(pending.amount == (b.closeDeadline == 0 ? 0 : b.closeAmount), "I6: amount");
            require(pending.headroom == (b.closeDeadline == 0 ? 0 : b.closeHeadroom), "I6: headroom");
            if (b.exitAt != 0) require(pending.deadline < b.exitAt + b.channel.challengePeriod, "I6: put off");
        }
        requireNothingWrong();
    }

    function invariant_I7_the_payee_can_take_the_best_state_it_ever_got_whatever_the_payer_does() external triedOut {
        (uint256 i, Books.Summary memory b) = next();
        if (b.closed) return;
        uint256 deposited = b.paidIn - b.returned;
        uint256 best = b.highestEarned < deposited ? b.highestEarned : deposited;
        _player.claimBest(i);
        require(_player.stateAt(i).settled == (best > b.taken ? best : b.taken), "I7: less than was signed");
    }

    function invariant_I8_a_payee_that_keeps_the_books_gets_what_it_charged() external triedOut {
        (uint256 i, Books.Summary memory b) = next();
        (bool honest, uint256 charged) = _player.chargedAt(i);
        if (!honest || b.closed || !b.signed || (b.exitAt != 0 && block.timestamp >= b.exitAt)) return;
        _player.cashIn(i);
        require(_player.stateAt(i).settled == charged, "I8: not what was charged");
    }

    function invariant_I9_no_message_counts_twice_or_elsewhere() external triedOut {
        (uint256 i,) = next();
        uint256 other = (i + 1 + _player.turn() % (_player.count() - 1)) % _player.count();
        _player.replay(i, other, i);
        _player.replay(i, i, i);
        _player.replayElsewhere(i, i, other % 2 == 0);
    }

    function invariant_I10_nothing_leaves_closed() external triedOut {
        (uint256 i, Books.Summary memory b) = next();
        if (!b.closed) return;
        _player.tryEverything(i);
        require(_player.isAsItEnded(i), "I10: a closed channel changed");
    }
}
