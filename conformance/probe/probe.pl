# The probe in Perl, an application file for the Perl reference server: PROTOCOL.md beside it says
# what it does. Core Perl, Future::AsyncAwait, and the IO::Async loop that the server itself runs.
package PAGI::Conformance::Probe;
use strict;
use warnings;
use Encode qw(encode_utf8);
use Future;
use Future::AsyncAwait;
use IO::Async::Loop;
use IO::Async::Stream;
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64);
use POSIX ();
use Scalar::Util qw(blessed looks_like_number refaddr reftype);
use Time::HiRes ();

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $calls = 0;

my %FACTS = (
    isConnected      => 'is_connected',
    disconnectReason => 'disconnect_reason',
    disconnectDetail => 'disconnect_detail',
    responseStarted  => 'response_started',
    responseComplete => 'response_complete',
    closeCode        => 'close_code',
    closeReason      => 'close_reason',
);
my %CALLBACKS = (
    disconnect => [ 'pagi.connection', 'on_disconnect' ],
    complete   => [ 'pagi.connection', 'on_complete' ],
    end        => [ 'pagi.connection', 'on_end' ],
    highWater  => [ 'pagi.transport',  'on_high_water' ],
    drain      => [ 'pagi.transport',  'on_drain' ],
);
my @FEATURES = qw(withdraw overwrite overlap thrown open:file open:closed);

# What Perl delivers as digits, and what is bytes.
my %NUMBERS = map { $_ => 1 } qw(code worker_num max_frame_size max_receive_queue);
my %BYTES   = map { $_ => 1 } qw(body bytes);

# The same number for the same object; the objects are kept, so that no address is used twice.
my ( %numbers, @kept );

sub number_of {
    my ($object) = @_;
    my $known = $numbers{ refaddr $object };
    return $known if defined $known;
    push @kept, $object;
    return $numbers{ refaddr $object } = scalar @kept;
}

sub encode {
    my ( $value, $key ) = @_;
    $key = '' unless defined $key;
    return undef unless defined $value;
    return { '$object' => number_of($value) }
        if blessed $value
        || ref $value eq 'CODE'
        || $key eq 'state'
        || $key eq 'pagi.connection'
        || $key eq 'pagi.transport';
    return [ map { [ map { "$_" } @$_ ] } @$value ]
        if $key eq 'headers' && ref $value eq 'ARRAY';
    if ( ref $value eq 'ARRAY' ) {
        my @items = map { encode($_) } @$value;
        $items[1] += 0 if ( $key eq 'client' || $key eq 'server' ) && defined $items[1];
        return \@items;
    }
    return { map { defined $value->{$_} ? ( $_ => encode( $value->{$_}, $_ ) ) : () } keys %$value }
        if ref $value eq 'HASH';
    return { '$object' => number_of($value) } if ref $value;
    return { '$bytes' => encode_base64( $value, '' ) } if $BYTES{$key};
    return $value + 0 if $NUMBERS{$key};
    return $value;
}

sub fault {
    my ($code) = @_;
    die { code => 'PROBE_UNKNOWN', message => $code };
}

sub decode {
    my ( $value, $call ) = @_;
    return $value ? 1 : 0 if JSON::PP::is_bool($value);
    return [ map { decode( $_, $call ) } @$value ] if ref $value eq 'ARRAY';
    return $value unless ref $value eq 'HASH';
    return decode_base64( $value->{'$bytes'} ) if exists $value->{'$bytes'};
    return encode_utf8( $value->{'$repeat'} ) x ( $value->{times} // 1 ) if exists $value->{'$repeat'};
    return $value->{'$string'} x ( $value->{times} // 1 ) if exists $value->{'$string'};
    return undef if exists $value->{'$undefined'};
    return $call->{handles}{ $value->{'$handle'} } if exists $value->{'$handle'};
    return $value->{'$number'} eq 'NaN' ? 9**9**9 / 9**9**9 : $value->{'$number'} =~ /^-/ ? -9**9**9 : 9**9**9
        if exists $value->{'$number'};
    fault('no native values') if exists $value->{'$native'};
    return { map { $_ => decode( $value->{$_}, $call ) } keys %$value };
}

sub connection_of {
    my ($call) = @_;
    return $call->{scope}{'pagi.connection'} || die "the scope has no pagi.connection\n";
}

sub facts {
    my ($call) = @_;
    my $connection = $call->{scope}{'pagi.connection'} or return ();
    my %facts;
    for my $name ( keys %FACTS ) {
        my $method = $connection->can( $FACTS{$name} ) or next;
        my $value = $connection->$method;
        next unless defined $value;
        $facts{$name} = $name =~ /^(?:is|response)/ ? ( $value ? JSON::PP::true : JSON::PP::false )
            : $name eq 'closeCode' ? $value + 0 : "$value";
    }
    return ( facts => \%facts );
}

sub tell_driver {
    my ( $call, $message ) = @_;
    $call->{stream}->write( $json->encode($message) . "\n" );
}

sub report {
    my ( $call, %message ) = @_;
    tell_driver( $call, { n => ++$call->{n}, %message, facts($call) } );
}

sub described {
    my ( $error, $thrown ) = @_;
    my $message = ref $error eq 'HASH' ? $error->{message} : "$error";
    my %error = ( name => ref $error ? ref $error : 'die', message => $message );
    $error{code} = $error->{code} if ref $error eq 'HASH' && defined $error->{code};
    $error{thrown} = JSON::PP::true if $thrown;
    return \%error;
}

my %DOES = (
    receive => sub {
        my ( $call, $command ) = @_;
        fault('a future is cancelled only once it is there') if $command->{withdrawn};
        return $call->{futures}{ $command->{id} } = $call->{receive}->();
    },
    withdraw => sub { my ( $call, $command ) = @_; $call->{futures}{ $command->{of} }->cancel; return },
    send => sub {
        my ( $call, $command ) = @_;
        my $event = $call->{events}{ $command->{id} } = decode( $command->{event}, $call );
        return $call->{send}->($event);
    },
    overwrite => sub {
        my ( $call, $command ) = @_;
        my $event = $call->{events}{ $command->{of} };
        for my $key ( grep { defined $event->{$_} } qw(body bytes) ) {
            substr( $event->{$key}, 0 ) = '!' x length $event->{$key};
        }
        return;
    },
    facts     => sub { my ($call) = @_; my %facts = facts($call); return Future->done( $facts{facts} && \$facts{facts} ) },
    transport => sub {
        my ($call) = @_;
        my $transport = $call->{scope}{'pagi.transport'} or return;
        my $number = sub { defined $_[0] ? $_[0] + 0 : undef };
        return Future->done( \{
                bufferedAmount => $number->( $transport->buffered_amount ),
                highWaterMark  => $number->( $transport->high_water_mark ),
                lowWaterMark   => $number->( $transport->low_water_mark ),
        } );
    },
    members => sub {
        my ($call) = @_;
        my $connection = $call->{scope}{'pagi.connection'};
        my %methods = (
            %FACTS,
            onDisconnect => 'on_disconnect',
            onComplete   => 'on_complete',
            onEnd        => 'on_end',
            abort        => 'abort',
            disconnected => 'disconnect_future',
            ended        => 'end_future',
        );
        my $kind  = sub { $connection && $connection->can( $methods{ $_[0] } ) ? 'function' : 'undefined' };
        my %kinds = ( signal => 'undefined', map { $_ => $kind->($_) } keys %methods );
        return Future->done( \\%kinds );
    },
    on => sub {
        my ( $call, $command ) = @_;
        my ( $key, $method ) = @{ $CALLBACKS{ $command->{event} } };
        my $object = $call->{scope}{$key} or die "the scope has no $key\n";
        my $result = $object->$method(
            sub {
                report( $call, called => $command->{id}, args => [ map { encode($_) } @_ ], during => $call->{running} );
                run( $call, $_ ) for @{ $command->{then} || [] };
                die "a callback of the probe failed\n" if $command->{fails};
                return;
            }
        );
        $call->{unregister}{ $command->{id} } = $result;
        return;
    },
    off => sub {
        my ( $call, $command ) = @_;
        my $unregister = $call->{unregister}{ $command->{of} };
        fault('callbacks cannot be unregistered') unless ref $unregister eq 'CODE';
        $unregister->();
        return;
    },
    wait => sub {
        my ( $call, $command ) = @_;
        my $connection = connection_of($call);
        my $method = { disconnected => 'disconnect_future', ended => 'end_future' }->{ $command->{for} };
        fault("no $command->{for}") unless $method && $connection->can($method);
        return $connection->$method->without_cancel;
    },
    abort => sub {
        my ( $call, $command ) = @_;
        connection_of($call)->abort( exists $command->{detail} ? $command->{detail} : () );
        return;
    },
    return => sub { my ( $call, $command ) = @_; $call->{finished}->done( decode( $command->{value}, $call ) ) unless $call->{finished}->is_ready; return },
    throw => sub {
        my ( $call, $command ) = @_;
        my $message = $command->{message} || 'the probe was told to fail';
        $call->{finished}->fail("$message\n") unless $call->{finished}->is_ready;
        return;
    },
    state => sub {
        my ( $call, $command ) = @_;
        my $state = $call->{scope}{state};
        $state->{$_} = $command->{set}{$_} for keys %{ $command->{set} || {} };
        delete $state->{$_} for @{ $command->{delete} || [] };
        if ( my $put = $command->{put} ) { $state->{ $put->{key} }{ $put->{field} } = $put->{value} }
        return Future->done( \$state );
    },
    scope => sub { my ($call) = @_; return Future->done( \encode( $call->{scope} ) ) },
    open => sub {
        my ( $call, $command ) = @_;
        fault("no handle $command->{kind}") unless $command->{kind} =~ /^(?:file|closed)$/;
        open my $handle, '<:raw', $command->{path} or die "$command->{path}: $!\n";
        close $handle if $command->{kind} eq 'closed';
        $call->{handles}{ $command->{name} } = $handle;
        return;
    },
    handle => sub {
        my ( $call, $command ) = @_;
        my $handle = $call->{handles}{ $command->{name} };
        my $usable = defined fileno $handle;
        return Future->done( \{ usable => $usable ? JSON::PP::true : JSON::PP::false, $usable ? ( position => tell($handle) + 0 ) : () } );
    },
    close => sub { my ( $call, $command ) = @_; close $call->{handles}{ $command->{name} }; return },
    ping => sub {
        my $loop = IO::Async::Loop->new;
        my $future = $loop->new_future;
        $loop->later( sub { $loop->later( sub { $future->done } ) } );
        return $future;
    },
    stall => sub { my ( $call, $command ) = @_; my $end = Time::HiRes::time() + $command->{ms} / 1000; 1 while Time::HiRes::time() < $end; return },
);

# Runs one command; its answer is reported when it is there. A reference to a reference is an answer
# that is written as it stands.
sub run {
    my ( $call, $command ) = @_;
    my $id = $command->{id};
    my $outer = $call->{running};
    $call->{running} = $id;
    my $result;
    my $fine = eval {
        my $does = $DOES{ $command->{do} } or fault("no command $command->{do}");
        $result = $does->( $call, $command );
        1;
    };
    if ( !$fine ) {
        report( $call, id => $id, error => described( $@, 1 ) );
    }
    elsif ( blessed $result && $result->isa('Future') ) {
        # Held until it is settled: a future that is let go is lost.
        $call->{pending}{$id} = $result->on_ready(
            sub {
                my ($future) = @_;
                delete $call->{pending}{$id};
                return report( $call, id => $id, error => { name => 'cancelled', message => 'cancelled' } )
                    if $future->is_cancelled;
                my ($error) = $future->failure;
                return report( $call, id => $id, error => described( $error, 0 ) ) if defined $error;
                my ($value) = $future->result;
                report( $call, id => $id, ok => ref $value eq 'REF' ? $$value : encode($value) );
            }
        );
    }
    else {
        report( $call, id => $id, ok => undef );
    }
    $call->{running} = $outer;
    return;
}

return async sub {
    my ( $scope, $receive, $send ) = @_;
    $calls++;
    my $path = defined $scope->{path} ? $scope->{path} : '';
    die "the probe fails at once\n" if $path eq '/pagi-probe/throw';
    return if $path eq '/pagi-probe/return';

    my $loop = IO::Async::Loop->new;
    my ( $host, $port ) = ( $ENV{PAGI_PROBE} || '' ) =~ /^(.*):(\d+)$/
        or die "PAGI_PROBE must be host:port of the driver\n";
    my $socket = IO::Socket::INET->new( PeerHost => $host, PeerPort => $port, Proto => 'tcp' )
        or die "no connection to the driver at $host:$port: $!\n";
    $socket->setsockopt( Socket::IPPROTO_TCP(), Socket::TCP_NODELAY(), 1 );
    $socket->blocking(0);
    my $call = { n => 0, scope => $scope, receive => $receive, send => $send, finished => $loop->new_future };
    my $stream = IO::Async::Stream->new(
        handle     => $socket,
        autoflush  => 1,
        on_read    => sub {
            my ( undef, $buffer ) = @_;
            while ( $$buffer =~ s/^(.*)\n// ) {
                my $message = $json->decode($1);
                run( $call, $_ ) for ref $message eq 'ARRAY' ? @$message : $message;
            }
            return 0;
        },
        on_closed => sub {
            $call->{finished}->done unless $call->{finished}->is_ready;
            %$call = ( %$call, pending => {}, futures => {} );
        },
    );
    $call->{stream} = $stream;
    $loop->add($stream);
    tell_driver( $call, {
            probe => { protocol => 1, name => 'perl', binding => 'perl', features => \@FEATURES },
            pid   => $$,
            call  => $calls,
            scope => encode($scope),
            facts($call),
    } );
    return await $call->{finished};
};
