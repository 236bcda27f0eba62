// SPDX-License-Identifier: MIT
// The invariants about money, after any play: what the contract says and holds is what the books say.
pragma solidity 0.8.37;

import {ChannelState, Status} from "../../types/Channel.sol";
import {Books} from "./Books.sol";
import {InvariantTest} from "./InvariantTest.sol";

contract MoneyInvariantsTest is InvariantTest {
    /// @dev Whether what the token's balances say can be believed.
    function isSound(address token) private view returns (bool) {
        return token != address(_player.trickster()) || !_player.trickster().lied();
    }

    function invariant_I1_the_contract_holds_what_it_owes_in_every_token() external view {
        address[] memory tokens = _player.tokens();
        address[] memory parties = _player.parties();
        for (uint256 t = 0; t < tokens.length; t++) {
            uint256 owed = tokens[t] == address(0) ? _player.elsewhere() : 0;
            for (uint256 i = 0; i < _player.count(); i++) {
                ChannelState memory state = _player.stateAt(i);
                bool live = state.status != Status.Closed && _player.book(i).channel.token == tokens[t];
                if (live) owed += state.deposit - state.settled;
            }
            for (uint256 p = 0; p < parties.length; p++) {
                owed += _player.heldFor(tokens[t], parties[p]);
            }
            if (isSound(tokens[t])) require(_player.balanceOf(tokens[t], _player.escrow()) == owed, "I1");
        }
    }

    function invariant_I2_settled_is_at_most_what_was_signed_and_what_was_deposited() external view {
        for (uint256 i = 0; i < _player.count(); i++) {
            ChannelState memory state = _player.stateAt(i);
            Books.Summary memory b = _player.book(i);
            require(state.settled == b.taken, "I2: not what was claimed");
            require(state.settled <= state.deposit, "I2: settled above the deposit");
            require(b.closed || state.settled <= b.highestOwed, "I2: settled above what was signed");
            require((state.status == Status.Closed) == b.closed, "I2: status");
            require((state.status == Status.None) == (b.paidIn == 0), "I2: opened by something else than a deposit");
        }
    }

    function invariant_I3_at_closed_as_much_went_out_as_came_in() external view {
        for (uint256 i = 0; i < _player.count(); i++) {
            Books.Summary memory b = _player.book(i);
            if (b.closed) require(b.paidIn == b.taken + b.returned, "I3: out is not in");
            else require(_player.stateAt(i).deposit == b.paidIn - b.returned, "I3: the deposit is not what came in");
        }
    }

    function invariant_I4_the_payee_gets_at_most_the_highest_owed_that_was_signed() external view {
        for (uint256 i = 0; i < _player.count(); i++) {
            Books.Summary memory b = _player.book(i);
            uint256 most = b.highestOwed > b.cooperativelyPaid ? b.highestOwed : b.cooperativelyPaid;
            require(b.taken <= most, "I4: more than was ever signed");
        }
    }

    function invariant_I12_I13_every_unit_dust_included_went_to_the_channels_payer_or_payee() external view {
        address[] memory tokens = _player.tokens();
        address[] memory parties = _player.parties();
        for (uint256 t = 0; t < tokens.length; t++) {
            // What the hostile token keeps of a transfer never reaches anyone.
            if (tokens[t] == address(_player.trickster())) continue;
            for (uint256 p = 0; p < parties.length; p++) {
                uint256 has = _player.balanceOf(tokens[t], parties[p]) + _player.heldFor(tokens[t], parties[p]);
                require(has == _player.due(tokens[t], parties[p]), "I12: not what is due");
            }
        }
    }

    function invariant_I11_a_bad_row_never_changes_another_and_every_call_does_what_it_says() external view {
        requireNothingWrong();
    }

    function invariant_I1_I2_no_call_gets_in_while_another_is_under_way() external view {
        require(!_player.gotIn(), "reentered");
    }
}
