// SPDX-License-Identifier: MIT
// What the invariants about the future ask for: that a payer leaves, that a payee cashes in, that a closed channel is
// tried in every way. Steps of the invariants alone; they are taken back afterwards.
pragma solidity 0.8.37;

import {IStateChannels} from "../../interfaces/IStateChannels.sol";
import {ClaimRow} from "../../types/Channel.sol";
import {vm} from "../Vm.sol";
import {Closing} from "./Closing.sol";
import {Mischief} from "./Mischief.sol";
import {Trading} from "./Trading.sol";

abstract contract Endgame is Trading, Closing, Mischief {
    address private immutable _invariants = msg.sender;

    /// @dev The fuzzer calls every public function, sometimes in the name of the invariants: nothing happens for others,
    /// nor for what is no channel, and the books are kept.
    modifier onlyInvariants(uint256 i) {
        if (msg.sender == _invariants && i < _books.length) _;
    }

    /// @dev The payer leaves as soon as it may, with no help from the payee.
    function getOut(uint256 i) external onlyInvariants(i) {
        Book storage b = _books[i];
        if (b.paidIn == 0 || b.closed) return;
        if (b.exitAt == 0 && b.closeDeadline == 0) {
            vm.prank(b.channel.payer);
            channels.requestExit(b.channel);
            b.exitAt = block.timestamp + b.channel.exitDelay;
        }
        vm.warp(most(block.timestamp, b.closeDeadline == 0 ? b.exitAt : b.closeDeadline));
        if (b.closeDeadline == 0) exit(i);
        else finalizeClose(i);
    }

    /// @dev Anyone claims with the best state that the payee holds.
    function claimBest(uint256 i) external onlyInvariants(i) {
        Book storage b = _books[i];
        for (uint256 k = 0; k < b.rows.length; k++) {
            if (b.rows[k].state.earned == b.highestEarned) {
                (uint256 paid,) = claimRow(b.channel, b.rows[k]);
                bookTaken(b, b.taken + paid);
                return;
            }
        }
    }

    function chargedAt(uint256 i) external view returns (bool honest, uint256 charged) {
        return (_ledgers[i].honest, _ledgers[i].charged);
    }

    /// @dev An honest payee closes at what it charged; the payer challenges with every receipt it has.
    function cashIn(uint256 i) external onlyInvariants(i) {
        Book storage b = _books[i];
        if (b.closed || b.rows.length == 0) return;
        closeHonestly(i, 0);
        for (uint256 k = 0; k < _ledgers[i].receipts.length && !b.closed; k++) {
            challengeHonest(i, k);
        }
        if (b.closed) return;
        vm.warp(most(block.timestamp, b.closeDeadline));
        finalizeClose(i);
    }

    function isAsItEnded(uint256 i) external view returns (bool) {
        return packed(_books[i].channel) == _books[i].atTheEnd;
    }

    /// @dev Every call that could bring a closed channel back to life, each as good as it can be.
    function tryEverything(uint256 i) external onlyInvariants(i) {
        Book storage b = _books[i];
        if (!b.closed) return;
        deposit(i, 100, 1);
        for (uint256 k = 0; k < b.rows.length; k++) {
            ClaimRow memory row = b.rows[k];
            (uint256 paid,) = claimRow(b.channel, row);
            check(paid == 0, "I10: a claim after the end");
            close(b, row, uint96(most(row.state.earned, b.taken)));
            close(b, row, row.state.owed);
        }
        refund(i, 1, false);
        finalizeClose(i);
        requestExit(i, 0, 0);
        vm.warp(block.timestamp + 60 days);
        exit(i);
        uint96 paidSoFar = uint96(b.taken);
        bytes memory byPayer = closeBy(PAYER_SIGNER_KEY, b.channel, paidSoFar, NEVER);
        bytes memory byPayee = closeBy(PAYEE_SIGNER_KEY, b.channel, paidSoFar, NEVER);
        try channels.closeCooperative(b.channel, paidSoFar, NEVER, byPayer, byPayee) {
            check(false, "I10: a closed channel was closed in agreement");
        } catch (bytes memory reason) {
            bool forItsStatus = bytes4(reason) == IStateChannels.WrongStatus.selector;
            check(forItsStatus, "I10: a closed channel refused for something else");
        }
    }
}
