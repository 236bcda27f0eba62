// SPDX-License-Identifier: MIT
// The protocol's invariants after any play: what the contract says and holds is what the books say.
pragma solidity 0.8.37;

import {ChannelState, PendingClose, Status} from "../types/Channel.sol";
import {Player} from "./Player.t.sol";

contract InvariantsTest {
    Player private _player;

    function setUp() external {
        _player = new Player();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_player);
    }

    function invariant_I1_the_contract_holds_what_it_owes() external view {
        uint256 owed;
        for (uint256 i = 0; i < _player.count(); i++) {
            ChannelState memory state = _player.stateAt(i);
            if (state.status != Status.Closed) owed += state.deposit - state.settled;
        }
        (uint256 payers, uint256 payees) = _player.held();
        (uint256 has,,) = _player.balances();
        require(has == owed + payers + payees, "I1");
    }

    function invariant_I2_I3_I4_books_and_contract_agree_on_every_channel() external view {
        for (uint256 i = 0; i < _player.count(); i++) {
            ChannelState memory state = _player.stateAt(i);
            Player.Book memory b = _player.book(i);
            require(state.settled == b.taken, "settled");
            require(state.settled <= state.deposit, "I2: settled above the deposit");
            require((state.status == Status.Closed) == b.closed, "status");
            if (b.closed) require(b.paidIn == b.taken + b.returned, "I3: out is not in");
            else require(state.deposit == b.paidIn - b.returned, "deposit");
            uint256 most = b.highestOwed > b.cooperativelyPaid ? b.highestOwed : b.cooperativelyPaid;
            require(b.taken <= most, "I4: more than was ever signed");
        }
    }

    function invariant_I5_I6_a_close_is_kept_as_it_was_started_and_ends_in_time() external view {
        for (uint256 i = 0; i < _player.count(); i++) {
            Player.Book memory b = _player.book(i);
            PendingClose memory pending = _player.pendingCloseAt(i);
            require(pending.deadline == b.closeDeadline, "deadline");
            require((_player.stateAt(i).status == Status.Closing) == (b.closeDeadline != 0), "status");
            require(pending.amount == (b.closeDeadline == 0 ? 0 : b.closeAmount), "amount");
            require(pending.headroom == (b.closeDeadline == 0 ? 0 : b.closeHeadroom), "headroom");
            if (b.exitAt != 0) require(pending.deadline < b.exitAt + b.channel.challengePeriod, "I5: too late");
        }
    }

    function invariant_I12_I13_every_unit_went_to_payer_or_payee() external view {
        (uint256 payers, uint256 payees) = _player.held();
        (, uint256 payerHas, uint256 payeeHas) = _player.balances();
        require(payerHas + payers == _player.payerDue(), "payer");
        require(payeeHas + payees == _player.payeeDue(), "payee");
    }
}
