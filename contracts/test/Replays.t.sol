// SPDX-License-Identifier: MIT
// Every message of the protocol shown where it does not belong: in another channel, on another chain, to another
// contract, as a message of another kind, and a second time. None of it moves a unit.
pragma solidity 0.8.37;

import {Channel, ClaimRow, Receipt, State, Status} from "../types/Channel.sol";
import {Escrow} from "./ChannelTest.sol";
import {Permit2Test} from "./permit2/Permit2Test.sol";
import {vm} from "./Vm.sol";

contract ReplaysTest is Permit2Test {
    enum Kind {
        StateInClaim,
        StateInClose,
        Receipt,
        Refund,
        Close,
        Exit,
        Authorization,
        Permit2
    }

    uint256 private constant KINDS = 8;
    bytes32 private constant SALT = keccak256("deposit");
    State private _state = State({nonce: 3, owed: 60, earned: 40, credited: 5});
    Receipt private _receipt = Receipt({nonce: 3, charged: 1, credited: 20, ref: keccak256("ref")});

    /// @dev A message of one kind: both signatures for a cooperative close, otherwise one.
    struct Message {
        bytes first;
        bytes second;
    }

    function sign(Kind kind, Channel memory channel) private view returns (Message memory message) {
        if (kind == Kind.StateInClaim || kind == Kind.StateInClose) {
            message.first = signBytes(PAYER_SIGNER_KEY, stateDigest(channel, _state));
        } else if (kind == Kind.Receipt) {
            message.first = receiptBy(PAYEE_SIGNER_KEY, channel, _receipt);
        } else if (kind == Kind.Refund) {
            message.first = refundBy(PAYEE_SIGNER_KEY, channel, 0, 15, NEVER);
        } else if (kind == Kind.Close) {
            message.first = closeBy(PAYER_SIGNER_KEY, channel, 50, NEVER);
            message.second = closeBy(PAYEE_SIGNER_KEY, channel, 50, NEVER);
        } else if (kind == Kind.Exit) {
            message.first = signBytes(PAYER_SIGNER_KEY, exitDigest(channel, NEVER));
        } else if (kind == Kind.Authorization) {
            bytes32 id = channels.channelId(channel);
            message.first = signBytes(PAYER_KEY, authorizationDigest(payer, 25, id, SALT));
        } else {
            message.first = permit2By(PAYER_KEY, channel, 25, 7);
        }
    }

    /// @dev Shows a message to a contract for a channel; says whether anything came of it.
    function show(Escrow target, Kind kind, Channel memory channel, Message memory message)
        private
        returns (bool)
    {
        bytes memory data;
        if (kind == Kind.StateInClaim) {
            ClaimRow[] memory rows = new ClaimRow[](1);
            (bytes32 r, bytes32 vs) = abi.decode(compacted(message.first), (bytes32, bytes32));
            rows[0] = ClaimRow(channel.payer, channel.payerSigner, channel.salt, _state, r, vs);
            (uint256 paid,) = target.claim(termsOf(channel), rows);
            return paid != 0;
        } else if (kind == Kind.StateInClose) {
            data = abi.encodeCall(target.startClose, (channel, _state, 50, message.first));
        } else if (kind == Kind.Receipt) {
            data = abi.encodeCall(target.challenge, (channel, _receipt, message.first));
        } else if (kind == Kind.Refund) {
            data = abi.encodeCall(target.refund, (channel, 0, 15, NEVER, message.first));
        } else if (kind == Kind.Close) {
            data = abi.encodeCall(target.closeCooperative, (channel, 50, NEVER, message.first, message.second));
        } else if (kind == Kind.Exit) {
            data = abi.encodeCall(target.requestExitWithSignature, (channel, NEVER, message.first));
        } else if (kind == Kind.Authorization) {
            data = abi.encodeCall(target.depositWithAuthorization, (channel, 25, 0, NEVER, SALT, message.first));
        } else {
            data = abi.encodeCall(target.depositWithPermit2, (channel, 25, 7, NEVER, message.first));
        }
        vm.prank(kind == Kind.StateInClose ? PAYEE : address(0xBAD));
        (bool succeeded,) = address(target).call(data);
        return succeeded;
    }

    /// @dev A channel in which a message of this kind can do something, if it is good.
    function ready(Escrow target, Kind kind, Channel memory channel) private {
        dollar.mint(address(this), 100);
        dollar.approve(address(target), 100);
        target.deposit(channel, 100);
        if (kind != Kind.Receipt) return;
        // The payee asks for all that is owed; its receipt of 20 credited exceeds the headroom of 5.
        Escrow here = channels;
        channels = target;
        startClose(channel, _state, 60);
        channels = here;
    }

    function test_each_message_is_good_where_it_belongs_and_only_once() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            uint256 snapshot = vm.snapshotState();
            Channel memory channel = newChannel();
            ready(channels, kind, channel);
            Message memory message = sign(kind, channel);
            require(show(channels, kind, channel, message), "refused where it belongs");
            require(!show(channels, kind, channel, message), "good twice");
            vm.revertToState(snapshot);
        }
    }

    function test_no_message_counts_in_another_channel_of_the_same_parties() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            Channel memory other = newChannel();
            ready(channels, kind, channel);
            ready(channels, kind, other);
            require(!show(channels, kind, other, sign(kind, channel)), "good in another channel");
        }
    }

    function test_no_message_counts_under_terms_that_differ_in_anything() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            for (uint256 term = 0; term < 5; term++) {
                Channel memory channel = newChannel();
                Message memory message = sign(kind, channel);
                if (term == 0) channel.payee = address(0xBAD);
                else if (term == 1) channel.payeeSigner = vm.addr(THIEF_KEY);
                else if (term == 2) channel.payerSigner = vm.addr(THIEF_KEY);
                else if (term == 3) channel.exitDelay += 1;
                else channel.challengePeriod += 1;
                // The receipt's close cannot be started here: the signers of that state are others.
                ready(channels, kind == Kind.Receipt ? Kind.Refund : kind, channel);
                require(!show(channels, kind, channel, message), "good under other terms");
            }
        }
    }

    function test_no_message_counts_in_another_contract() external {
        Escrow other = deployEscrow();
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            ready(channels, kind, channel);
            Message memory message = sign(kind, channel);
            ready(other, kind, channel);
            require(!show(other, kind, channel, message), "good in another contract");
        }
    }

    function test_no_message_counts_on_another_chain() external {
        for (uint256 k = 0; k < KINDS; k++) {
            Kind kind = Kind(k);
            Channel memory channel = newChannel();
            ready(channels, kind, channel);
            Message memory message = sign(kind, channel);
            vm.chainId(8453);
            ready(channels, kind, channel);
            require(!show(channels, kind, channel, message), "good on another chain");
            require(show(channels, kind, channel, sign(kind, channel)), "refused although made for this chain");
            vm.chainId(31337);
        }
    }

    function test_no_message_counts_as_one_of_another_kind() external {
        for (uint256 k = 0; k < KINDS; k++) {
            for (uint256 j = 0; j < KINDS; j++) {
                Kind kind = Kind(k);
                Kind shownAs = Kind(j);
                bool sameMessage = kind <= Kind.StateInClose && shownAs <= Kind.StateInClose;
                if (k == j || sameMessage) continue;
                Channel memory channel = newChannel();
                ready(channels, shownAs, channel);
                Message memory message = sign(kind, channel);
                if (message.second.length == 0) message.second = message.first;
                require(!show(channels, shownAs, channel, message), "good as another kind");
            }
        }
    }
}
