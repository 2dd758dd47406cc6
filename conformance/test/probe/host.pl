# A server that is none: it calls the probe with objects of its own making, and does what the types
# of the events sent say. `perl host.pl probe.pl`. host.mjs is the same for JavaScript.
use strict;
use warnings;
use Encode qw(encode_utf8);
use Future;
use IO::Async::Loop;
use IO::Async::Stream;

my $loop = IO::Async::Loop->new;
my %callbacks = map { $_ => [] } qw(disconnect complete end high_water drain);
my ( @queue, @waiting );
my $held = $loop->new_future;

sub register {
    my ( $list, $callback ) = @_;
    push @$list, $callback;
    return sub { @$list = grep { $_ != $callback } @$list; return };
}

sub tell_all {
    my ( $list, @args ) = @_;
    for my $callback (@$list) { eval { $callback->(@args) } }
    return;
}

package Host::Connection {
    my %facts = ( is_connected => 1, response_started => 0, response_complete => 0 );
    my %futures = map { $_ => $loop->new_future } qw(disconnect end);
    sub new { return bless {}, shift }
    sub end {
        my ( undef, $reason, $detail ) = @_;
        @facts{qw(is_connected disconnect_reason disconnect_detail)} = ( 0, $reason, $detail );
        main::tell_all( $callbacks{disconnect}, $reason, $detail );
        $_->done($reason) for values %futures;
        return;
    }
    sub is_connected      { return $facts{is_connected} }
    sub disconnect_reason { return $facts{disconnect_reason} }
    sub disconnect_detail { return $facts{disconnect_detail} }
    sub response_started  { return $facts{response_started} }
    sub response_complete { return $facts{response_complete} }
    sub close_code        { return }
    sub close_reason      { return }
    sub disconnect_future { return $futures{disconnect} }
    sub end_future        { return $futures{end} }
    sub on_disconnect     { return main::register( $callbacks{disconnect}, $_[1] ) }
    sub on_complete       { return main::register( $callbacks{complete}, $_[1] ) }
    sub on_end            { return main::register( $callbacks{end}, $_[1] ) }
    sub abort { my ( $self, $detail ) = @_; return $self->end( 'app_abort', $detail ) }
}

package Host::Transport {
    sub new             { return bless {}, shift }
    sub buffered_amount { return 3 }
    sub high_water_mark { return 65_536 }
    sub low_water_mark  { return }
    sub on_high_water   { return main::register( $callbacks{high_water}, $_[1] ) }
    sub on_drain        { return main::register( $callbacks{drain}, $_[1] ) }
}

my $connection = Host::Connection->new;
my $transport  = Host::Transport->new;

sub give {
    my ($event) = @_;
    @waiting = grep { !$_->is_ready } @waiting;
    if   ( my $next = shift @waiting ) { $next->done($event) }
    else                               { push @queue, $event }
    return;
}

my $receive = sub {
    return Future->done( shift @queue ) if @queue;
    push @waiting, $loop->new_future;
    return $waiting[-1];
};
my %SENT = (
    reject  => sub { return Future->fail("not this\n") },
    throw   => sub { die "at once\n" },
    echo    => sub { give( $_[0] ); return Future->done },
    hold    => sub { my ($event) = @_; return $held->without_cancel->then( sub { give($event); return Future->done } ) },
    release => sub { $held->done; return Future->done },
    high    => sub { tell_all( $callbacks{high_water} ); return Future->done },
    end     => sub { $connection->end( 'client_closed', 'gone' ); return Future->done },
);
my $send = sub { my ($event) = @_; return $SENT{ $event->{type} }->($event) };

my $app = do "$ARGV[0]";
die $@ || "no application: $!\n" unless ref $app eq 'CODE';
$| = 1;

sub told {
    my ( $name, $scope ) = @_;
    my $future = eval { $app->( $scope, $receive, $send ) };
    $future = Future->fail($@) unless $future;
    $loop->await($future);
    my ($error) = $future->failure;
    my $value = defined $error ? undef : ( $future->result )[0];
    print "$name: ", defined $error ? "failed $error" : 'returned ' . ( defined $value ? $value : 'nothing' ), "\n";
    return;
}

sub scope {
    my ($path) = @_;
    return {
        type              => 'http',
        path              => $path,
        method            => 'POST',
        headers           => [ [ 'x-a', "\xe9" ], [ 'content-length', 5 ] ],
        client            => [ '127.0.0.1', '4711' ],
        extensions        => {},
        state             => { a => 1 },
        'pagi.connection' => $connection,
        'pagi.transport'  => $transport,
    };
}

# Ends with its parent.
$loop->add( IO::Async::Stream->new( read_handle => \*STDIN, on_read => sub { 0 }, on_read_eof => sub { exit } ) );
told( 'throw',  scope('/pagi-probe/throw') );
told( 'return', scope('/pagi-probe/return') );
told( 'first',  scope("/\x{e9}\x{20ac}") );
told( 'second', { type => 'lifespan', state => {} } );
told( 'third',  { type => 'lifespan' } );
$loop->run;
